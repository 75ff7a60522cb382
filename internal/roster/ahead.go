package roster

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"gonggu/internal/assess"
	"gonggu/internal/ident"
)

// evaluated is a line of a change set on its way to the lane: read in order, made ready on other cores, entered in order.
type evaluated struct {
	n       int
	line    []byte
	opened  any
	fresh   bool // nobody in the register can be this household
	key     int64
	in      *incoming
	outcome assess.Outcome // what the rules say of it, were it new
	entry   *entry         // of a fresh one whose key was foreseen
	err     error
	ready   chan struct{} // closed when the rest is there
}

// linesAhead is how many lines may be on their way.
const linesAhead = 32

var errStopped = errors.New("stopped")

// produce reads the lines and makes them ready while the lane writes.
func (a *applying) produce(row, changeSet, openings string, out chan<- *evaluated, stop <-chan struct{}) {
	defer close(out)
	work := make(chan *evaluated, linesAhead)
	defer close(work)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for e := range work {
				select {
				case <-stop: // nobody waits for it
				default:
					e.err = a.makeReady(row, e)
				}
				e.line, e.opened = nil, nil
				close(e.ready)
			}
		}()
	}
	ordinal := 0
	err := scanChangeSet(a.desk.Files, a.desk.Store.Keys, row, changeSet, openings, func(n int, line []byte, opened any) error {
		e := &evaluated{n: n, line: line, opened: opened, ready: make(chan struct{})}
		ordinal = a.foresee(e, ordinal)
		select {
		case out <- e:
		case <-stop:
			return errStopped
		}
		work <- e // has room for all that out holds and more, or workers that empty it
		return nil
	})
	if err != nil && !errors.Is(err, errStopped) {
		ready := make(chan struct{})
		close(ready)
		select {
		case out <- &evaluated{n: -1, err: err, ready: ready}:
		case <-stop:
		}
	}
}

// foresee tells whether a household is new and which key it will bear; -1 when that cannot be foreseen any more.
func (a *applying) foresee(e *evaluated, ordinal int) int {
	number := numberIn(e.line)
	if a.numbers == nil || number == "" || strings.Contains(number, `\`) {
		if a.numbers != nil {
			a.numbers.unnumbered = true // it may be entered without a number
		}
		return -1
	}
	e.fresh = a.numbers.lacks(number)
	held := a.numbers.holds(number)
	a.numbers.add(number)
	switch {
	case held: // it is changed, not entered
		return ordinal
	case !e.fresh || ordinal < 0:
		return -1
	}
	e.key = ident.Key(a.step.Act.Index, ordinal)
	return ordinal + 1
}

// makeReady does what needs neither the database nor the lines before.
func (a *applying) makeReady(row string, e *evaluated) error {
	in, err := joinLine(e.line, e.opened, func(part string) []byte { return a.desk.Store.Keys.Salt(row, strconv.Itoa(e.n)+"/"+part) })
	if err != nil {
		return err
	}
	e.in = in
	members := make([]assess.Facts, len(in.Members))
	for i, m := range in.Members {
		members[i] = m.Facts
	}
	e.outcome = a.loaded.Engine.Brief(a.today, in.Facts, members, nil)
	if e.key != 0 {
		e.entry, err = a.write(e.key, in, e.outcome)
	}
	return err
}
