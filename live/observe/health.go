package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/signalman-trading/signalman/live"
)

// away is how long a venue may give no answer before the session is not ready.
const away = 30 * time.Second

// Health is the answer of /healthz and /readyz.
type Health struct {
	OK      bool      `json:"ok"`
	Reasons []string  `json:"reasons"` // why not; none where ok
	Began   time.Time `json:"began"`   // when the process did
}

// Alive reports why the process should be restarted: its trading loop does not answer. While
// the session begins or ends there is no loop, and nothing is asked.
func (o *Observer) Alive(ctx context.Context) []string {
	if _, ok := o.look(ctx); ok {
		return nil
	}
	return []string{o.silent()}
}

func (o *Observer) silent() string {
	return fmt.Sprintf("the trading loop does not answer within %s", o.Patience)
}

func (o *Observer) trading() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.opened.IsZero() && !o.ending
}

// look asks the loop how it stands, and says whether it answers. There is no snapshot where
// the session begins or ends, and where those who asked before take too long.
func (o *Observer) look(ctx context.Context) (*live.Snapshot, bool) {
	if !o.trading() {
		return nil, true
	}
	ctx, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		o.mu.Lock()
		defer o.mu.Unlock()
		return nil, o.answered
	}
	s, err := o.Desk.Snapshot(ctx, 0)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answered = err == nil || errors.Is(err, live.ErrEnded)
	return s, o.answered
}

// Waits lists why the session is not ready; none where it is.
func (o *Observer) Waits(ctx context.Context) []string { return o.waits(o.look(ctx)) }

func (o *Observer) waits(s *live.Snapshot, answers bool) []string {
	list := o.known(time.Now())
	if !answers {
		list = append(list, o.silent())
	}
	if s == nil {
		return list
	}
	for i := range s.Halts {
		h := &s.Halts[i]
		if h.On() != "" { // of a part: the rest trades
			continue
		}
		list = append(list, fmt.Sprintf("new risk is halted on %s by %s: %s", h.Scope, h.Rule, h.Text))
	}
	for i := range s.Strategies {
		if t := &s.Strategies[i]; t.Fault != "" {
			list = append(list, fmt.Sprintf("strategy %s stopped: %s", t.Name, t.Fault))
		}
	}
	return list
}

// known lists what is known without asking the loop.
func (o *Observer) known(now time.Time) (list []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending {
		return []string{"the session ends"}
	}
	if o.broken {
		list = append(list, "the journal cannot be written: the session ends")
	}
	if o.opened.IsZero() {
		return append(list, "the session begins: its journal is fed again, and the venue is asked")
	}
	if silent := now.Sub(o.heard); !o.Replayed && silent > o.silence() {
		list = append(list, fmt.Sprintf("no bar has come for %s", silent.Round(time.Second)))
	}
	if !o.away.IsZero() && now.Sub(o.away) > away {
		list = append(list, fmt.Sprintf("the venue has not answered since %s", o.away.UTC().Format(time.RFC3339)))
	}
	return list
}

// silence is how long no bar may come: three of the shortest, and a minute; mu is held. A
// market without trades may be as silent as one that was lost.
func (o *Observer) silence() time.Duration {
	if o.interval == 0 {
		return 24 * time.Hour // the first is as far away as its interval
	}
	return 3*time.Duration(o.interval) + time.Minute
}

// Handler serves /metrics, /healthz and /readyz.
func (o *Observer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{Timeout: 2 * o.Patience, MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", o.serve(o.Alive))
	mux.HandleFunc("GET /readyz", o.serve(o.Waits))
	return mux
}

func (o *Observer) serve(reasons func(context.Context) []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := Health{Reasons: reasons(r.Context()), Began: o.began.UTC()}
		if h.Reasons == nil {
			h.OK, h.Reasons = true, []string{}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !h.OK {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h) // whoever asked may be gone
	}
}
