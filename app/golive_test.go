package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/internal/config"
)

// vault is an exchange whose money may be real.
type vault struct {
	exchange.Exchange
	real bool
}

func (v vault) Real() bool   { return v.real }
func (v vault) Says() string { return "a vault" }

// TestRealMoneyNeedsLeave: play money needs none.
func TestRealMoneyNeedsLeave(t *testing.T) {
	a := config.DefaultAccount("main")
	for _, x := range []struct {
		name      string
		real, yes bool
		want      string
	}{
		{"play money", false, false, ""}, {"play money and --yes", false, true, ""}, {"--yes", true, true, ""},
		{"no terminal", true, false, "account main would trade with real money, and there is no terminal to ask on; add --yes"},
	} {
		var notes bytes.Buffer
		err := (&command{err: &notes}).goLive(t.Context(), &a, &config.Exchange{}, vault{real: x.real}, liveFlags{yes: x.yes, in: strings.NewReader("main\n")})
		if (err == nil) != (x.want == "") || err != nil && (!strings.Contains(err.Error(), x.want) || exitCode(err) != 2) {
			t.Errorf("%s: %v", x.name, err)
		}
		if !strings.Contains(notes.String(), "live: a vault\naccount main\n") {
			t.Errorf("%s: it says %q", x.name, &notes)
		}
	}
}

// TestLeaveIsTheNameOfTheAccount and nothing else.
func TestLeaveIsTheNameOfTheAccount(t *testing.T) {
	for typed, ok := range map[string]bool{"main\n": true, " main \n": true, "main": true, "Main\n": false, "yes\n": false, "\n": false, "": false} {
		var notes bytes.Buffer
		err := (&command{err: &notes}).leave(t.Context(), "main", strings.NewReader(typed))
		if (err == nil) != ok || err != nil && exitCode(err) != 2 {
			t.Errorf("%q: %v", typed, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, hold := io.Pipe()
	defer hold.Close()
	if err := (&command{err: io.Discard}).leave(ctx, "main", silent); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestBannerSaysTheLimits, and of the key its end alone.
func TestBannerSaysTheLimits(t *testing.T) {
	t.Setenv("VAULT_KEY", "made-up-key-of-a-vault-7f3a")
	t.Setenv("VAULT_SHORT", "made-up-7f3a")
	a := config.DefaultAccount("main")
	a.MaxLoss, a.OnExit = decimal.New(2, -1), "cancel"
	a.Strategies = []*config.Strategy{
		{Name: "a", Type: "sma_cross", Symbols: []string{"BTCUSDT", "ETHUSDT"}, Weight: decimal.New(5, -1)},
		{Name: "b", Type: "sma_cross", Symbols: []string{"BTCUSDT"}, Weight: decimal.New(4, -1), Risk: &config.Chain{}},
	}
	x := &config.Exchange{Secrets: []config.Secret{{Key: "secret", Env: "VAULT_NONE"}, {Key: "key", Env: "VAULT_KEY"}}}
	c := &command{}
	key, err := c.masked(x)
	got := strings.Join(liveBanner(&a, vault{}, key), "\n")
	const want = `live: a vault
account main, key …7f3a
cash 10000, max_loss 0.2: no new risk once 2000 of it are lost
strategy a (sma_cross) on BTCUSDT ETHUSDT, weight 0.5, without rules
strategy b (sma_cross) on BTCUSDT, weight 0.4, without rules
new risk waits while 3 bars or more are missing (stale_bars)
when it is stopped: working orders are cancelled, positions stay`
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	x.Secrets[1].Env = "VAULT_SHORT"
	if key, err := c.masked(x); key != "***" || err != nil {
		t.Errorf("a short key: %s, %v", key, err)
	}
	x.Secrets[1].Env = "VAULT_NONE"
	if key, err := c.masked(x); key != "***" || err == nil {
		t.Errorf("a key that is not there: %s, %v", key, err)
	}
}
