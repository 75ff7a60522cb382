package webapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/health"
)

// MachineView is how the server's machine stands: room, copies, clock.
type MachineView struct {
	Now       int64         `json:"now" doc:"the machine's clock, Unix ms; a browser compares its own"`
	Virtual   bool          `json:"virtual" doc:"a demonstration's data is not copied and its clock is its own"`
	DiskFree  int64         `json:"diskFree" doc:"bytes; 0 with diskTotal 0 is unknown"`
	DiskTotal int64         `json:"diskTotal" doc:"bytes"`
	BackupAt  int64         `json:"backupAt" doc:"Unix ms of the last good copy; 0 is never"`
	Notes     []health.Note `json:"notes" doc:"what somebody should do something about"`
}

func (a *API) machine(api huma.API) {
	get(api, "show-machine", "/machine", "Room on the server's disk, age of the last copy, its clock", func(ctx context.Context, _ *none) (*body[MachineView], error) {
		if _, err := need(ctx, duty.ReadJob); err != nil {
			return nil, a.fail(err)
		}
		s := a.Health.State()
		return answer(MachineView{Now: clock.Real{}.Now(), Virtual: a.Demo, DiskFree: s.DiskFree, DiskTotal: s.DiskTotal, BackupAt: s.BackupAt, Notes: s.Notes}), nil
	})
}
