package tokenmetricstest

import (
	"net/http"
	"strconv"
	"time"
)

// Used is what was charged in the present windows, and since the start.
type Used struct {
	Minute  int `json:"minute"`
	Month   int `json:"month"`
	Total   int `json:"total"`
	Refused int `json:"refused"` // 429
}

// counter charges calls against limits.
type counter struct {
	used          Used
	minute, month time.Time // when the windows began
}

// roll begins new windows where the old ones are over.
func (c *counter) roll(now time.Time) {
	now = now.UTC()
	if m := now.Truncate(time.Minute); !m.Equal(c.minute) {
		c.minute, c.used.Minute = m, 0
	}
	if m := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC); !m.Equal(c.month) {
		c.month, c.used.Month = m, 0
	}
}

func (c *counter) minuteEnd() time.Time { return c.minute.Add(time.Minute) }
func (c *counter) monthEnd() time.Time  { return c.month.AddDate(0, 1, 0) }

// Used returns what was charged so far.
func (s *Server) Used() Used {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counter.roll(s.o.Now())
	return s.counter.used
}

// charge counts a call. Where a limit is used up it returns when the window ends instead.
func (s *Server) charge(faults map[string]string) (until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, c := s.o.Now(), &s.counter
	c.roll(now)
	_, burst := faults[FaultLimited]
	_, month := faults[FaultLimitedMonth]
	switch {
	case month, s.o.Month > 0 && c.used.Month >= s.o.Month:
		until = c.monthEnd()
	case burst:
		until = now.Add(span(faults, FaultLimited))
	case s.o.Minute > 0 && c.used.Minute >= s.o.Minute:
		until = c.minuteEnd()
	default:
		c.used.Minute++
		c.used.Month++
		c.used.Total++
		return time.Time{}
	}
	c.used.Refused++
	return until
}

// rateHeaders tell what is left, which the service is not known to do.
func (s *Server) rateHeaders(h http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range [...]struct {
		name       string
		limit, use int
		end        time.Time
	}{
		{"Minute", s.o.Minute, s.counter.used.Minute, s.counter.minuteEnd()},
		{"Month", s.o.Month, s.counter.used.Month, s.counter.monthEnd()},
	} {
		if w.limit > 0 {
			h.Set("X-RateLimit-Limit-"+w.name, strconv.Itoa(w.limit))
			h.Set("X-RateLimit-Remaining-"+w.name, strconv.Itoa(max(0, w.limit-w.use)))
			h.Set("X-RateLimit-Reset-"+w.name, strconv.FormatInt(w.end.Unix(), 10))
		}
	}
}
