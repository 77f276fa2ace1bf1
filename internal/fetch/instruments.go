package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// Listed asks a venue for the rules of symbols, at the venue's time. A symbol that it does
// not list is an error of class Usage with the names nearest to it.
func Listed(ctx context.Context, p *binance.Public, symbols []string) (market.Time, []market.Instrument, error) {
	info, err := exchangeInfo(ctx, p, symbols...)
	if errors.Is(err, binance.ErrSymbol) {
		info, err = exchangeInfo(ctx, p) // all of them, to say what there is
	}
	if err != nil {
		return 0, nil, err
	}
	var list []market.Instrument
	for _, symbol := range symbols {
		in, err := choose(info, symbol)
		if err != nil {
			return 0, nil, err
		}
		list = append(list, in)
	}
	now, err := p.Now(ctx)
	if at := info.Time; at == 0 || err != nil {
		return now, list, err
	} else if at > now+market.Time(time.Minute) {
		return 0, nil, &market.Error{Class: market.Venue, Where: "binance: exchangeInfo", Err: fmt.Errorf("its time is %s where the venue's is %s", at, now), Hint: "check --base-url; --no-instruments does without"}
	}
	return info.Time, list, nil
}

func exchangeInfo(ctx context.Context, p *binance.Public, symbols ...string) (*binance.ExchangeInfo, error) {
	b, err := p.ExchangeInfo(ctx, symbols...)
	if err != nil {
		return nil, err
	}
	info, err := binance.ParseExchangeInfo(b)
	if err != nil {
		return nil, &market.Error{Class: market.Venue, Where: "binance: exchangeInfo", Err: err, Hint: "check --base-url; --no-instruments does without"}
	}
	if info.Venue != p.Venue() {
		return nil, &market.Error{Class: market.Venue, Where: "binance: exchangeInfo", Err: fmt.Errorf("it lists the market of %s, not of %s", info.Venue, p.Venue()), Hint: "check --base-url and --market"}
	}
	return info, nil
}

// choose finds the instrument of a symbol.
func choose(info *binance.ExchangeInfo, symbol string) (market.Instrument, error) {
	names := make([]string, len(info.Instruments))
	for i, in := range info.Instruments {
		if names[i] = in.Symbol; in.Symbol == symbol {
			return in, nil
		}
	}
	for _, s := range info.Skipped {
		if s.Symbol == symbol {
			return market.Instrument{}, &market.Error{Class: market.Venue, Where: symbol, Err: fmt.Errorf("its rules cannot be used: %s", s.Reason), Hint: "--no-instruments does without"}
		}
	}
	hint := "check how the venue writes it, and --market; --no-instruments asks also for what is no longer listed"
	if near := nearest(symbol, names); len(near) > 0 {
		hint = "near it are " + strings.Join(near, ", ") + "; --no-instruments asks also for what is no longer listed"
	}
	return market.Instrument{}, &market.Error{Class: market.Usage, Where: symbol, Err: fmt.Errorf("%w of this name", binance.ErrSymbol), Hint: hint}
}

// mostNear bounds the names that are offered.
const mostNear = 8

// nearest returns the names that begin most like a word, if at least three letters do.
func nearest(word string, names []string) (near []string) {
	most := 2
	for _, name := range slices.Sorted(slices.Values(names)) {
		n := 0
		if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			continue // it goes to a terminal
		}
		for n < min(len(word), len(name)) && word[n] == name[n] {
			n++
		}
		if n > most {
			most, near = n, nil
		}
		if n == most && most > 2 && len(near) < mostNear {
			near = append(near, name)
		}
	}
	return near
}

// PutListed stores the rules of instruments as of a time.
func PutListed(open func(write bool) (*store.DB, error), at market.Time, list []market.Instrument) error {
	db, err := open(true)
	if err != nil {
		return err
	}
	_, err = db.PutInstruments(at, list)
	return errors.Join(err, db.Close())
}
