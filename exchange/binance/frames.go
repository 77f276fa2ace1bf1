package binance

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	spot "github.com/adshao/go-binance/v2"

	"github.com/signalman-trading/signalman/market"
)

// A marketFrame is what a connection of combined streams sends: something of a stream, or
// an answer to a request. Package json takes no notice of the case of keys, so that every
// key which another one differs from by its case alone has a field.
type marketFrame struct {
	Stream string       `json:"stream"`
	Data   *marketEvent `json:"data"`

	ID     *int64          `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *venueError     `json:"error"`
	venueError

	Event string  `json:"e"` // of serverShutdown, where it comes without a stream
	Time  ignored `json:"E"`
}

// venueError is how a websocket speaks of an error.
type venueError struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}

// A marketEvent holds the keys of klines and of mark prices.
type marketEvent struct {
	Event  string  `json:"e"`
	Time   ignored `json:"E"`
	Symbol string  `json:"s"`
	Side   ignored `json:"S"`
	Kline  *pushed `json:"k"`
	Start  ignored `json:"t"`
	Next   millis  `json:"T"` // when the next funding is due
}

// pushed is the bar of a kline event.
type pushed struct {
	OpenTime  int64   `json:"t"`
	CloseTime int64   `json:"T"`
	Symbol    string  `json:"s"`
	Interval  string  `json:"i"`
	Open      string  `json:"o"`
	High      string  `json:"h"`
	Low       string  `json:"l"`
	Last      ignored `json:"L"`
	Close     string  `json:"c"`
	Volume    string  `json:"v"`
	Taker     ignored `json:"V"`
	Closed    bool    `json:"x"`
}

// ignored takes any value.
type ignored struct{}

// UnmarshalJSON takes no notice.
func (ignored) UnmarshalJSON([]byte) error { return nil }

// millis is a time in milliseconds; what is no number is no time, and no error: other
// events use the key for other things.
type millis int64

// UnmarshalJSON reads a time.
func (m *millis) UnmarshalJSON(b []byte) error {
	var n int64
	if json.Unmarshal(b, &n) == nil {
		*m = millis(n)
	}
	return nil
}

const shutdown = "serverShutdown"

// leaving reports whether the venue announces the end of the connection.
func (f *marketFrame) leaving() bool {
	return f.Event == shutdown || f.Stream == "!"+shutdown || f.Data != nil && f.Data.Event == shutdown
}

// refusal returns what the venue says against a request; nil is nothing.
func (f *marketFrame) refusal() *venueError {
	if f.Error != nil {
		return f.Error
	}
	if f.Code != 0 || f.Msg != "" {
		return &f.venueError
	}
	return nil
}

// errFrame is what errors wrap about a frame that makes no sense.
var errFrame = errors.New("bad frame")

// parseMarketFrame reads a frame.
func parseMarketFrame(raw []byte) (*marketFrame, error) {
	f := new(marketFrame)
	if err := json.Unmarshal(raw, f); err != nil {
		return nil, fmt.Errorf("%w: %w: %s", errFrame, err, start(raw))
	}
	return f, nil
}

// A push is what a kline event says.
type push struct {
	market.Bar
	closed bool
	bad    error // why the bar cannot be used
}

// pushOf checks a kline event against the series that its stream is of.
func pushOf(e *marketEvent, s series) (p push, err error) {
	k := e.Kline
	switch {
	case k == nil:
		return p, fmt.Errorf("%w: a kline event without a kline", errFrame)
	case e.Symbol != s.symbol || k.Symbol != s.symbol || k.Interval != s.d.String():
		return p, fmt.Errorf("%w: a kline of %.20q %.20q %.10q, where %s %s was expected", errFrame, e.Symbol, k.Symbol, k.Interval, s.symbol, s.d)
	}
	row, err := s.bar(&spot.Kline{OpenTime: k.OpenTime, CloseTime: k.CloseTime, Open: k.Open, High: k.High, Low: k.Low, Close: k.Close, Volume: k.Volume})
	if err == nil && !s.d.Aligned(row.OpenTime) {
		err = row.bad
	}
	if err != nil {
		return p, fmt.Errorf("%w: kline of %s %s: %w", errFrame, s.symbol, s.d, err)
	}
	return push{row.Bar, k.Closed, row.bad}, nil
}

// dueOf returns when a mark price event says that the next funding is due; 0 where none
// is, as for contracts that have none.
func dueOf(e *marketEvent, symbol string) (market.Time, error) {
	switch {
	case e.Symbol != symbol:
		return 0, fmt.Errorf("%w: a mark price of %.20q, where %s was expected", errFrame, e.Symbol, symbol)
	case e.Next <= 0:
		return 0, nil
	}
	t, err := when(int64(e.Next))
	if err != nil {
		return 0, fmt.Errorf("%w: next funding of %s: %w", errFrame, symbol, err)
	}
	return t.Second(), nil
}

// streamName names a stream as the venue does.
func streamName(symbol, what string) string { return strings.ToLower(symbol) + "@" + what }
