package app

import (
	"cmp"
	"context"
	"fmt"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
)

// beyond reports whether the account of a configuration goes by the market of a venue, so that
// no stored bar is needed.
func beyond(cfg *config.Config) bool { return goesLive(cfg) || watchesVenue(cfg) }

// accountAtVenue makes the account of a configuration that goes by the market of a venue, as
// far as that can be without asking it: its instruments are guessed.
func (c *command) accountAtVenue(ctx context.Context, cfg *config.Config, sets []string) (*account, error) {
	s := &liveSession{command: c, flags: liveFlags{sets: sets}, paper: watchesVenue(cfg)}
	return s.account(ctx, guessed(&cfg.Accounts[0]))
}

// guessed returns the instruments of an account by their names alone. The venue knows the
// assets of a symbol that names none.
func guessed(a *config.Account) []market.Instrument {
	list := []market.Instrument{}
	quote := ""
	for _, symbol := range symbols(a) {
		base, q, err := market.SplitSymbol(symbol)
		if err == nil {
			quote = cmp.Or(quote, q)
		} else {
			base = symbol
		}
		in := market.Bare(symbol, base, q)
		in.Venue, in.Margin = a.Exchange, a.Margin
		list = append(list, in)
	}
	for i := range list {
		list[i].Quote = cmp.Or(list[i].Quote, quote, "USDT")
	}
	return list
}

// atVenue says what of an account that goes by the market of a venue is not as written, and
// what was not looked at.
func (c *command) atVenue(cfg *config.Config) (list []string) {
	if !beyond(cfg) {
		return nil
	}
	a := &cfg.Accounts[0]
	if x := cfg.Exchange(a.Exchange); goesLive(cfg) && x != nil && x.Value.Real() {
		list = append(list, fmt.Sprintf("%s is real money: 'signalman run --live' asks for the name of the account, or takes --yes", x.Name))
	}
	if goesLive(cfg) {
		list = append(list, fmt.Sprintf("account %s trades at %s: fee_* and [account.%s.sim] are those of a backtest; the venue has its own", a.Name, a.Exchange, a.Name))
	}
	return append(list, fmt.Sprintf("%s is not asked, nor is the history: whether it lists the symbols, and with which filters, shows when 'signalman run' begins", a.Exchange))
}
