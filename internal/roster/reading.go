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

// reads is intake.Run.Read.
type reads func(ctx context.Context, household func(*intake.Household) error, fault func(intake.Fault) error) (intake.Summary, error)

// readAhead reads in a goroutine of its own while this one takes what comes: households and faults in the order in which the
// reading gives them. The reading is over when it returns.
func readAhead(ctx context.Context, read reads, household func(*intake.Household) error, fault func(intake.Fault) error) (intake.Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan []heard, heardAhead)
	var sum intake.Summary
	var failed error
	go func() {
		defer close(batches)
		sum, failed = readInto(ctx, read, batches)
	}()
	var err error
	for batch := range batches {
		for i := 0; i < len(batch) && err == nil; i++ {
			if h := batch[i].household; h != nil {
				err = household(h)
			} else {
				err = fault(batch[i].fault)
			}
		}
		if err != nil {
			cancel() // the loop goes on until the reading has seen it: whoever called closes the files
		}
	}
	if err == nil {
		err = failed
	}
	return sum, err
}

func readInto(ctx context.Context, read reads, to chan<- []heard) (intake.Summary, error) {
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
	sum, err := read(ctx, func(h *intake.Household) error { return give(heard{household: h}) }, func(f intake.Fault) error { return give(heard{fault: f}) })
	if err != nil {
		return sum, err
	}
	return sum, send()
}
