package binance

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// ErrSymbol is what errors wrap about a symbol that the venue does not know.
var ErrSymbol = errors.New("the venue does not know the symbol")

// A toldFault is one in the words of an operator who asks for data. It unwraps to the
// [exchange.Fault].
type toldFault struct {
	*exchange.Fault
	times int // it was asked
}

// Error says what happened, without what was asked, which the error around it says.
func (t toldFault) Error() string {
	text := t.Err.Error()
	switch {
	case t.HTTP >= http.StatusBadRequest && t.Code != 0:
		text = fmt.Sprintf("the venue answers %d %s: %d %q", t.HTTP, http.StatusText(t.HTTP), t.Code, text)
	case t.HTTP >= http.StatusBadRequest:
		text = fmt.Sprintf("the venue answers %d %s: %s", t.HTTP, http.StatusText(t.HTTP), text)
	}
	if t.Code == codeSymbol {
		text = fmt.Sprintf("%s (%s)", ErrSymbol, text)
	}
	if t.times > 1 {
		text = fmt.Sprintf("%s (asked %d times)", text, t.times)
	}
	return text
}

// Unwrap returns the fault, and what it is about.
func (t toldFault) Unwrap() []error {
	if t.Code == codeSymbol {
		return []error{t.Fault, ErrSymbol}
	}
	return []error{t.Fault}
}

// told makes the error of a request for data that was sent n times.
func (p *Public) told(f *exchange.Fault, n int) error {
	hint := f.Hint
	switch {
	case p.o.configured && f.HTTP == http.StatusNotFound && f.Code == 0:
		hint = "the venue may serve the other market alone: check type (binance is spot, binance-usdm futures) and address in [exchange.X]"
	case p.o.configured && f.HTTP == 0 && !p.governor.hears() && f.Until.IsZero():
		hint = "check the network, and env and address in [exchange.X]; a local venue must have been started: 'signalman venue'"
	case p.o.configured:
	case f.HTTP == http.StatusUnavailableForLegalReasons:
		hint = "the venue does not serve this place: for spot data use --base-url https://data-api.binance.vision, or fetch from files with --archive"
	case f.HTTP == 0 && !p.governor.hears() && f.Until.IsZero():
		hint = "check the network, and --base-url; candles come from files too: see 'signalman data import --help'"
	}
	return &market.Error{Class: market.Venue, Where: "binance: " + f.What, Err: toldFault{f, n}, Hint: hint}
}
