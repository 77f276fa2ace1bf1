package webhook

import (
	"log/slog"
	"strings"
	"sync"
	"time"
)

// quiet is how long a reason stays out of the log after it was told: a stranger who knocks
// all night fills no disk.
const quiet = 10 * time.Second

// refusals counts why requests were turned away.
type refusals struct {
	mu     sync.Mutex
	count  map[string]int
	logged map[string]time.Time
}

// note counts a refusal, and logs it unless its reason was logged just now.
func (c *refusals) note(now time.Time, why string) (count int, log bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == nil {
		c.count, c.logged = map[string]int{}, map[string]time.Time{}
	}
	c.count[why]++
	last, told := c.logged[why]
	if log = !told || now.Sub(last) >= quiet; log {
		c.logged[why] = now
	}
	return c.count[why], log
}

// refuse counts and logs a refusal. What was sent may hold the secret, which is taken out.
func (r *receiver) refuse(why, from string, err error) {
	count, log := r.refused.note(r.env.Now(), why)
	if !log {
		return
	}
	args := []any{slog.String("why", why), slog.String("from", from), slog.Int("so_far", count)}
	if err != nil {
		text := err.Error()
		if r.Secret.Set() {
			text = strings.ReplaceAll(text, r.Secret.Reveal(), r.Secret.String())
		}
		args = append(args, slog.String("error", text))
	}
	r.env.Log.Warn("an alert was refused", args...)
}
