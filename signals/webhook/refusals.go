package webhook

import (
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A reason is told so often at once, and then once in so long: a stranger who knocks all
// night fills no disk.
const (
	atOnce = 10
	quiet  = 10 * time.Second
)

// refusals counts why requests were turned away.
type refusals struct {
	mu    sync.Mutex
	count map[string]int
	logs  map[string]*rate.Limiter
}

// note counts a refusal, and says whether it is logged.
func (c *refusals) note(now time.Time, why string) (count int, log bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == nil {
		c.count, c.logs = map[string]int{}, map[string]*rate.Limiter{}
	}
	c.count[why]++
	if c.logs[why] == nil {
		c.logs[why] = rate.NewLimiter(rate.Every(quiet), atOnce)
	}
	return c.count[why], c.logs[why].AllowN(now, 1)
}

// refuse counts and logs a refusal. What was sent may hold the secret, which is taken out.
func (r *receiver) refuse(why, from string, err error) {
	count, log := r.refused.note(r.env.Now(), why)
	if !log {
		return
	}
	args := []any{slog.String("why", why), slog.String("from", from), slog.Int("so_far", count)}
	if err != nil {
		args = append(args, slog.String("error", r.hide(err.Error())))
	}
	r.env.Log.Warn("an alert was refused", args...)
}
