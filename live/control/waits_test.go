package control_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/control"
)

// TestNotReady says why a session does not trade.
func TestNotReady(t *testing.T) {
	c, _, _ := serve(t, control.Config{Desk: &told{}})
	if s := view[control.Status](t, c, "/v1/status"); s.Ready || len(s.Waits) != 1 || s.Time != 0 {
		t.Errorf("%+v", s)
	}
	why := []string{"the market is silent since an hour"}
	c, _, _ = serve(t, control.Config{Desk: &told{}, Waits: func(context.Context) []string { return why }})
	if s := view[control.Status](t, c, "/v1/status"); s.Ready || cmp.Diff(why, s.Waits) != "" {
		t.Errorf("%+v", s)
	}
	why = nil
	if s := view[control.Status](t, c, "/v1/status"); !s.Ready || s.Waits == nil || len(s.Waits) != 0 {
		t.Errorf("%+v", s)
	}
	c, _, _ = serve(t, control.Config{Desk: &busy{}})
	if s := view[control.Status](t, c, "/v1/status"); s.Ready || len(s.Waits) != 1 || s.Account != "main" {
		t.Errorf("%+v", s)
	}
}

// busy is a session that does not answer.
type busy struct{ told }

func (*busy) Snapshot(context.Context, int) (*live.Snapshot, error) {
	return nil, context.DeadlineExceeded // sooner than others
}
