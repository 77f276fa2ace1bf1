package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// TestDefect: only what is about the configuration names it.
func TestDefect(t *testing.T) {
	a := &account{where: "mine.toml"}
	for _, c := range []struct {
		err   error
		code  int
		named bool // the configuration
		ours  bool // a defect, to be reported
	}{
		{errors.New("order a/1: fills sum to 2, the venue says 1"), 1, false, true},
		{&market.Error{Class: market.Usage, Err: errors.New("two strategies are named a")}, 2, true, false},
		{&market.Error{Class: market.Usage, Where: "BTCUSDT", Err: errors.New("no detail")}, 2, false, false},
		{&market.Error{Class: market.Data, Err: errors.New("no bars")}, 3, false, false},
		{fmt.Errorf("journal: %w", &os.PathError{Op: "write", Path: "x", Err: errors.New("no space")}), 1, false, false},
		{fmt.Errorf("run: %w", context.Canceled), 1, false, false},
		{fmt.Errorf("stream: %w", &exchange.Fault{Kind: exchange.ErrRejected, Fatal: true, Code: -1022, Err: errors.New("no")}), 4, false, false},
	} {
		err := a.located(c.err)
		if got := exitCode(err); got != c.code {
			t.Errorf("%v: exit code %d, want %d", err, got, c.code)
		}
		if got := strings.HasPrefix(err.Error(), a.where); got != c.named {
			t.Errorf("%v: names the configuration: %v", err, got)
		}
		if got := strings.Contains(err.Error(), "; this is a defect of signalman: report it with"); got != c.ours {
			t.Errorf("%v: called a defect: %v", err, got)
		}
		if !errors.Is(err, c.err) && errors.Unwrap(err) == nil {
			t.Errorf("%v hides what happened", err)
		}
	}
}
