package roster

import (
	"context"

	"gonggu/internal/intake"
)

// heard is one thing that a reading gives: a household, or what is wrong.
type heard struct {
	household *intake.Household
	fault     intake.Fault
}

const (
	heardTogether = 16 // handing over each by itself costs more than it is worth
	heardAhead    = 4
)

// readAhead reads the files in a goroutine of its own while this one writes the change set and compares: households and
// faults come here in the order in which the reading gives them.
func (p *previewing) readAhead(ctx context.Context, run *intake.Run) (intake.Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan []heard, heardAhead)
	var sum intake.Summary
	var failed error
	go func() {
		defer close(batches)
		sum, failed = readInto(ctx, run, batches)
	}()
	var err error
	for batch := range batches {
		for i := 0; i < len(batch) && err == nil; i++ {
			if h := batch[i].household; h != nil {
				err = p.household(ctx, h)
			} else {
				err = p.fault(batch[i].fault)
			}
		}
		if err != nil {
			cancel() // and wait for the goroutine to end: the files are closed after this
		}
	}
	if err == nil {
		err = failed
	}
	return sum, err
}

func readInto(ctx context.Context, run *intake.Run, to chan<- []heard) (intake.Summary, error) {
	batch := make([]heard, 0, heardTogether)
	send := func() error {
		select {
		case to <- batch:
			batch = make([]heard, 0, heardTogether)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	give := func(x heard) error {
		if batch = append(batch, x); len(batch) < heardTogether {
			return nil
		}
		return send()
	}
	sum, err := run.Read(ctx, func(h *intake.Household) error { return give(heard{household: h}) }, func(f intake.Fault) error { return give(heard{fault: f}) })
	if err != nil {
		return sum, err
	}
	return sum, send()
}
