package binance

import (
	"context"
	"errors"
	"time"

	spot "github.com/adshao/go-binance/v2"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// permitted finds out what the key may do, and refuses one that may do too little, or too
// much: withdraw, unless the configuration accepts that. Environments of play money do
// not say.
func (p *private) permitted(ctx context.Context, withdrawals bool) error {
	if p.hosts.keys == "" {
		p.log.Info("this environment does not say what a key may do", "venue", p.venue)
		return nil
	}
	client := spot.NewClient("", "")
	client.BaseURL, client.HTTPClient = p.hosts.keys, p.http
	var may *spot.APIKeyPermission
	err := p.call(ctx, laneQuery, spotKey, "permissions of the key", func(ctx context.Context) (err error) {
		may, err = client.NewGetAPIKeyPermission().Do(ctx, p.option())
		return err
	})
	var f *exchange.Fault
	if errors.As(err, &f) && (f.HTTP == 404 || f.HTTP == 410) && p.hosts.play {
		p.log.Info("this venue does not say what a key may do", "venue", p.venue)
		return nil
	}
	if err != nil {
		return err
	}
	return p.accept(may, withdrawals)
}

func (p *private) accept(may *spot.APIKeyPermission, withdrawals bool) error {
	refuse := func(err, hint string) error {
		return &market.Error{Class: market.Usage, Where: "exchange " + p.venue, Err: errors.New(err), Hint: hint}
	}
	trades := may.EnableSpotAndMarginTrading
	if p.venue == USDM {
		trades = may.EnableFutures
	}
	switch {
	case may.EnableWithdrawals && !withdrawals:
		return refuse("the key may withdraw", "take that right from it at the venue; or set withdrawals = true, if it must have it")
	case !may.EnableReading:
		return refuse("the key may not read the account", "give it that right at the venue")
	case !trades:
		return refuse("the key may not trade in this market", "give it that right at the venue")
	}
	if !may.IPRestrict && !p.hosts.play {
		p.log.Warn("the key can be used from anywhere: restrict it to this address at the venue", "venue", p.venue)
	}
	if ends := time.UnixMilli(int64(may.TradingAuthorityExpirationTime)); may.TradingAuthorityExpirationTime > 0 && ends.Sub(p.public.o.Now()) < 7*24*time.Hour {
		p.log.Warn("the key may trade for less than a week more", "venue", p.venue, "until", ends.UTC())
	}
	return nil
}

// start does what comes before an account is traded with: the clock, the limits, and what
// the key may do.
func (p *private) start(ctx context.Context, withdrawals bool) error {
	if err := p.sync(ctx, laneQuery); err != nil {
		return err
	}
	if !p.governor.isKnown() {
		if _, err := p.public.ExchangeInfo(ctx); err != nil {
			return err
		}
	}
	return p.permitted(ctx, withdrawals)
}
