package roster

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/pack"
)

// words are the facts of a pack in the order in which they stand in canonical JSON, so that the facts of a household or
// member are written without sorting their names each time.
type words struct{ h, m wordList }

type wordList struct {
	list   []word
	sealed map[string]string
}

type word struct {
	code   string
	key    string // as it stands in the text: "code":
	hidden bool
}

// wordsKept keeps what wordsOf read, as sensitives does.
var wordsKept sync.Map // *pack.Pack: *words

func wordsOf(p *pack.Pack) *words {
	if w, ok := wordsKept.Load(p); ok {
		return w.(*words)
	}
	sens := SensitiveOf(p)
	w, _ := wordsKept.LoadOrStore(p, &words{wordListOf(p.Facts.Household, sens.h), wordListOf(p.Facts.Person, sens.m)})
	return w.(*words)
}

func wordListOf(facts []pack.Fact, sealed map[string]string) wordList {
	out := wordList{sealed: sealed}
	for _, f := range facts {
		out.list = append(out.list, word{f.Code, strconv.Quote(f.Code) + ":", sealed[f.Code] != ""})
	}
	slices.SortFunc(out.list, func(a, b word) int { return strings.Compare(a.code, b.code) })
	return out
}

// halves appends the open facts to one text and the sealed ones to another, each as an object.
func (w wordList) halves(open, hidden []byte, facts assess.Facts) ([]byte, []byte, error) {
	fromOpen, fromHidden := len(open), len(hidden)
	open, hidden = append(open, '{'), append(hidden, '{')
	left := len(facts)
	var err error
	for i := range w.list {
		x := &w.list[i]
		v, ok := facts[x.code]
		if !ok {
			continue
		}
		left--
		if x.hidden {
			hidden, err = appendPair(hidden, x.key, v)
		} else {
			open, err = appendPair(open, x.key, v)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if left == 0 {
		return append(open, '}'), append(hidden, '}'), nil
	}
	// A fact that this pack does not know: the long way.
	o, s := halves(facts, w.sealed)
	if open, err = canon.Append(open[:fromOpen], o); err != nil {
		return nil, nil, err
	}
	hidden, err = canon.Append(hidden[:fromHidden], s)
	return open, hidden, err
}

// appendPair appends a key and its value to an object that is not at its end.
func appendPair(dst []byte, key string, v any) ([]byte, error) {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return canon.Append(append(dst, key...), v)
}

// empty reports whether an object's text has nothing in it.
func empty(object []byte) bool { return len(object) == len("{}") }
