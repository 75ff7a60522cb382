package problem

// Paused reports whether the problem's clock stands on a day.
func (p *Problem) Paused(day string) bool { return p.PausedOn != "" && p.PausedUntil >= day }
