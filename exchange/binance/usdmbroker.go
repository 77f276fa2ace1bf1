package binance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/adshao/go-binance/v2/futures"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A usdmBroker is an account of USD-M futures. It implements [exchange.Broker],
// [exchange.Amender], [exchange.DeadMan], [exchange.Preparer] and [exchange.Clock].
type usdmBroker struct {
	*private
	events *userEvents
	stream func(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error

	mu       sync.Mutex
	settings map[string]*setting // by symbol
	clients  map[idKey]string    // what orders are called that were asked for by their numbers
}

// A setting is what an account was told of a symbol.
type setting struct {
	mu   sync.Mutex
	told string // "" is nothing yet
}

// What requests of USD-M weigh, as the venue lists them.
const (
	weightOne     = 1  // one order, asked for or cancelled
	weightAccount = 5  // the account, or its trades
	weightAll     = 40 // orders of all symbols
	weightMode    = 30
	weightAlive   = 10
)

// newUSDM returns the account, after checks of how it trades: this knows positions of one
// direction a symbol, and margin of one asset.
func newUSDM(ctx context.Context, p *private) (*usdmBroker, error) {
	b := &usdmBroker{private: p, events: newUserEvents(p.names, p.log), settings: map[string]*setting{}, clients: map[idKey]string{}}
	var mode *futures.PositionMode
	err := p.call(ctx, laneQuery, weightMode, "position mode of USD-M", func(ctx context.Context) (err error) {
		mode, err = p.futures.NewGetPositionModeService().Do(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if mode.DualSidePosition {
		return nil, hedgeMode()
	}
	a, err := b.account(ctx)
	switch {
	case err != nil:
		return nil, err
	case a.MultiAssetsMargin:
		return nil, multiAsset()
	case !a.CanTrade:
		return nil, &exchange.Fault{Kind: exchange.ErrRejected, What: "account of USD-M", Fatal: true, Err: errors.New("the venue does not let it trade"), Hint: hintKey}
	}
	return b, nil
}

// hedgeMode says why an account in hedge mode is not traded with.
func hedgeMode() *exchange.Fault {
	return &exchange.Fault{
		Kind: exchange.ErrRejected, What: "position mode of USD-M", Fatal: true,
		Err:  errors.New("the account is in hedge mode, with a long and a short position a symbol"),
		Hint: "close its positions and set one-way mode at the venue",
	}
}

// Updates implements [exchange.Broker].
func (b *usdmBroker) Updates(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error {
	return b.stream(ctx, ready, emit)
}

var _ interface {
	exchange.Broker
	exchange.Amender
	exchange.DeadMan
	exchange.Preparer
	exchange.Clock
} = (*usdmBroker)(nil)

// maxLeverage is the highest that the venue knows.
const maxLeverage = 125

// Prepare implements [exchange.Preparer]: it sets leverage and margin type. What the
// instrument does not say, a leverage of 0, stays as the account has it.
func (b *usdmBroker) Prepare(ctx context.Context, i market.Instrument) error {
	if i.Margin == nil || i.Margin.Leverage.IsZero() {
		return nil
	}
	leverage := i.Margin.Leverage
	if !leverage.IsInteger() || leverage.Sign() < 0 || leverage.GreaterThan(decimal.New(maxLeverage, 0)) {
		return refused("leverage of "+i.Symbol, fmt.Errorf("%s: the venue knows whole numbers from 1 to %d", leverage, maxLeverage))
	}
	kind := map[bool]futures.MarginType{false: futures.MarginTypeCrossed, true: futures.MarginTypeIsolated}[i.Margin.Isolated]
	s := b.setting(i.Symbol)
	s.mu.Lock()
	defer s.mu.Unlock()
	want := leverage.String() + " " + string(kind)
	if s.told == want {
		return nil
	}
	if err := b.set(ctx, i.Symbol, int(leverage.IntPart()), kind); err != nil {
		return err
	}
	s.told = want
	return nil
}

func (b *usdmBroker) setting(symbol string) *setting {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.settings[symbol] == nil {
		b.settings[symbol] = &setting{}
	}
	return b.settings[symbol]
}

// set tells the venue. Telling it twice is harmless, so that nothing of it is unknown.
func (b *usdmBroker) set(ctx context.Context, symbol string, leverage int, kind futures.MarginType) error {
	err := b.call(ctx, laneQuery, weightOne, "margin type of "+symbol, func(ctx context.Context) error {
		return b.futures.NewChangeMarginTypeService().Symbol(symbol).MarginType(kind).Do(ctx, b.inTime())
	})
	var f *exchange.Fault
	if errors.As(err, &f) && f.Code == codeNoMargin {
		err = nil // it is so already
	}
	if err != nil {
		return err
	}
	return b.call(ctx, laneQuery, weightOne, "leverage of "+symbol, func(ctx context.Context) error {
		set, err := b.futures.NewChangeLeverageService().Symbol(symbol).Leverage(leverage).Do(ctx, b.inTime())
		if err == nil && set.Leverage != leverage {
			err = fmt.Errorf("the venue set %d instead of %d", set.Leverage, leverage)
		}
		return err
	})
}

// inTime is the option of requests that says how late they may arrive.
func (b *usdmBroker) inTime() futures.RequestOption {
	return futures.WithRecvWindow(b.window.Milliseconds())
}

// KeepAlive implements [exchange.DeadMan]: the venue cancels the symbol's orders unless it
// hears of us again in time.
func (b *usdmBroker) KeepAlive(ctx context.Context, i market.Instrument, within time.Duration) error {
	what := "dead man's switch of " + i.Symbol
	if within < 0 || within%time.Millisecond != 0 {
		return refused(what, fmt.Errorf("%s: the venue counts whole milliseconds", within))
	}
	return b.call(ctx, laneCancel, weightAlive, what, func(ctx context.Context) error {
		params := url.Values{"symbol": {i.Symbol}, "countdownTime": {strconv.FormatInt(within.Milliseconds(), 10)}}
		body, err := b.signed(ctx, http.MethodPost, "/fapi/v1/countdownCancelAll", params)
		if err != nil {
			return err
		}
		f := readFields("countdownCancelAll", body)
		if set := f.whole("countdownTime"); f.err == nil && set != within.Milliseconds() {
			return fmt.Errorf("the venue counts down from %d ms instead of %s", set, within)
		}
		return f.err
	})
}

// refused is the fault of what is not sent because it would be refused.
func refused(what string, err error) *exchange.Fault {
	return &exchange.Fault{Kind: exchange.ErrRejected, What: what, Err: err}
}

// fetch asks for something that the library does not know whole, and reads it.
func (b *usdmBroker) fetch(ctx context.Context, l lane, weight int, what, path string, params url.Values, into any) error {
	return b.call(ctx, l, weight, what, func(ctx context.Context) error {
		body, err := b.signed(ctx, http.MethodGet, path, params)
		if err != nil {
			return err
		}
		return json.Unmarshal(body, into)
	})
}
