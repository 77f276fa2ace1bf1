package binance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// relistPause is how long filters that were just asked for are believed.
const relistPause = time.Minute

// A relister asks for the filters of instruments whose orders were refused for them.
type relister struct {
	mu    sync.Mutex
	asked map[string]time.Time // by symbol
}

// due reports whether it is time to ask for a symbol.
func (r *relister) due(symbol string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.asked[symbol]; ok && now.Sub(last) < relistPause {
		return false
	}
	if r.asked == nil {
		r.asked = map[string]time.Time{}
	}
	r.asked[symbol] = now
	return true
}

// relist asks for the filters of an instrument after an order was refused for them, at
// most once a minute and symbol, and adds them to the fault where they are others: what
// is decided next can be put on the grids of now.
func (p *private) relist(ctx context.Context, i market.Instrument, err error) error {
	var f *exchange.Fault
	if !errors.As(err, &f) || f.Hint != hintFilter || !p.relister.due(i.Symbol, p.public.o.Now()) {
		return err
	}
	in, failed := p.listing(ctx, i.Symbol)
	switch {
	case failed != nil:
		p.log.Warn("the filters of now are not known", "symbol", i.Symbol, "error", failed)
	case in.Filters() != i.Filters():
		p.log.Warn("the venue's filters have changed", "symbol", i.Symbol, "are", in.Filters(), "were", i.Filters())
		f.Listing = &in
	}
	return err
}

// listing asks for the rules of one instrument.
func (p *private) listing(ctx context.Context, symbol string) (in market.Instrument, err error) {
	body, err := p.public.ExchangeInfo(ctx, symbol)
	if err != nil {
		return in, err
	}
	info, err := ParseExchangeInfo(body)
	if err != nil {
		return in, err
	}
	for _, in := range info.Instruments {
		if in.Symbol == symbol {
			return in, nil
		}
	}
	return in, fmt.Errorf("%w: %s", ErrSymbol, symbol)
}
