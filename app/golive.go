package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/internal/config"
)

// goLive says what is about to trade, where, and within which limits. Money that is real
// needs leave besides: the name of the account, typed on a terminal, or --yes.
func (c *command) goLive(ctx context.Context, a *config.Account, x *config.Exchange, venue exchange.Exchange, f liveFlags) error {
	key, err := c.masked(x)
	if err != nil {
		return err
	}
	asks := venue.Real() && !f.yes
	for _, line := range liveBanner(a, venue, key) {
		if asks { // who is asked reads it
			fmt.Fprintln(c.err, line)
			continue
		}
		c.note("%s", line)
	}
	if !asks {
		return nil
	}
	if !onTerminal(f.in) || !onTerminal(c.err) {
		return usageError("add --yes, or start it on a terminal", "account %s would trade with real money, and there is no terminal to ask on", a.Name)
	}
	return c.leave(ctx, a.Name, f.in)
}

// leave asks for the name of an account whose money is real.
func (c *command) leave(ctx context.Context, name string, in io.Reader) error {
	fmt.Fprintf(c.err, "This is real money. Type the name of the account to go on, %s: ", name)
	word := typed(ctx, in)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if word != name {
		return usageError("type "+name+", or give --yes", "that is not the name of the account: nothing was traded")
	}
	return nil
}

// masked returns the end of the key that an exchange is asked with: enough to tell it from
// another, and too little to use.
func (c *command) masked(x *config.Exchange) (string, error) {
	const shown, least = 4, 16
	for i := range x.Secrets {
		if s := &x.Secrets[i]; s.Key == "key" {
			key, err := c.keys.read(s)
			if text := key.Reveal(); err == nil && len(text) >= least {
				return "…" + text[len(text)-shown:], nil
			}
			return "***", err
		}
	}
	return "", nil
}

// liveBanner are the lines that say what trades.
func liveBanner(a *config.Account, venue exchange.Exchange, key string) []string {
	list := []string{"live: " + venue.Says()}
	account := "account " + a.Name
	if key != "" {
		account += ", key " + key
	}
	money := "no max_loss"
	if a.MaxLoss.IsPositive() {
		money = fmt.Sprintf("max_loss %s: no new risk once %s of it are lost", a.MaxLoss, a.Cash.Mul(a.MaxLoss))
	}
	list = append(list, account, fmt.Sprintf("cash %s, %s", a.Cash, money))
	for _, s := range a.Strategies {
		list = append(list, fmt.Sprintf("strategy %s (%s) on %s, weight %s, %s", s.Name, s.Type, strings.Join(s.Symbols, " "), s.Weight, rulesOf(s)))
	}
	if a.Margin != nil {
		list = append(list, fmt.Sprintf("perpetual futures, leverage %s", a.Margin.Leverage))
	}
	if a.StaleBars > 0 {
		list = append(list, fmt.Sprintf("new risk waits while %d bars or more are missing (stale_bars)", a.StaleBars))
	}
	if a.OnExit == "cancel" {
		return append(list, "when it is stopped: working orders are cancelled, positions stay")
	}
	return append(list, "when it is stopped: working orders stay at the venue, and so do positions")
}

// rulesOf names the rules that the orders of a strategy pass.
func rulesOf(s *config.Strategy) string {
	if s.Risk == nil || len(s.Risk.Rules) == 0 {
		return "without rules"
	}
	var names []string
	for _, r := range s.Risk.Rules {
		names = append(names, r.Name)
	}
	return "rules " + strings.Join(names, " ")
}
