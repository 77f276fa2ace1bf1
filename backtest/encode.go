package backtest

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// JSON returns the report as encoding/json does, in a fraction of the time: the long
// lists, of which a report may hold tens of thousands of lines, are written by hand.
func (p *Report) JSON() ([]byte, error) {
	head := *p
	head.Trades, head.Orders, head.Equity = nil, nil, nil
	b, err := json.Marshal(&head)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(b)+512*len(p.Orders)+512*len(p.Trades)+48*len(p.Equity))
	for _, list := range []struct {
		key   string
		write func([]byte) []byte
	}{
		{`"trades":`, func(b []byte) []byte { return appendList(b, p.Trades, TradeLine.append) }},
		{`"orders":`, func(b []byte) []byte { return appendList(b, p.Orders, OrderLine.append) }},
		{`"equity":`, func(b []byte) []byte { return appendList(b, p.Equity, EquityPoint.append) }},
	} {
		before, after, _ := bytes.Cut(b, []byte(list.key+"null"))
		out = list.write(append(append(out, before...), list.key...))
		b = after
	}
	return append(out, b...), nil
}

func appendList[T any](b []byte, list []T, one func(T, []byte) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(v, b)
	}
	return append(b, ']')
}

func (l TradeLine) append(b []byte) []byte {
	b = appendText(append(b, `{"strategy":`...), l.Strategy)
	b = appendText(append(b, `,"symbol":`...), l.Symbol)
	b = appendText(append(b, `,"side":`...), l.Side)
	b = appendTime(append(b, `,"entry_time":`...), l.EntryTime)
	b = appendDecimal(append(b, `,"entry_price":`...), l.EntryPrice)
	b = appendTime(append(b, `,"exit_time":`...), l.ExitTime)
	b = appendDecimal(append(b, `,"exit_price":`...), l.ExitPrice)
	b = appendDecimal(append(b, `,"quantity":`...), l.Quantity)
	b = appendList(append(b, `,"fees":`...), l.Fees, FeeLine.append)
	b = appendDecimal(append(b, `,"fees_quote":`...), l.FeesQuote)
	if !l.Funding.IsZero() {
		b = appendDecimal(append(b, `,"funding":`...), l.Funding)
	}
	b = appendDecimal(append(b, `,"pnl":`...), l.PnL)
	b = appendText(append(b, `,"entry_reason":`...), l.EntryReason)
	b = appendText(append(b, `,"reason":`...), l.Reason)
	b = appendList(append(b, `,"entry_orders":`...), l.EntryOrders, appendID)
	b = appendList(append(b, `,"exit_orders":`...), l.ExitOrders, appendID)
	b = appendValue(append(b, `,"bars":`...), l.Bars)
	b = appendValue(append(b, `,"mae":`...), l.MAE)
	b = appendValue(append(b, `,"mfe":`...), l.MFE)
	if len(l.Lots) > 0 {
		b = appendList(append(b, `,"lots":`...), l.Lots, LotLine.append)
	}
	return append(b, '}')
}

func (l LotLine) append(b []byte) []byte {
	b = appendTime(append(b, `{"entry_time":`...), l.EntryTime)
	b = appendDecimal(append(b, `,"entry_price":`...), l.EntryPrice)
	b = appendTime(append(b, `,"exit_time":`...), l.ExitTime)
	b = appendDecimal(append(b, `,"exit_price":`...), l.ExitPrice)
	b = appendDecimal(append(b, `,"quantity":`...), l.Quantity)
	b = appendDecimal(append(b, `,"pnl":`...), l.PnL)
	if l.Dust {
		b = append(b, `,"dust":true`...)
	}
	return append(b, '}')
}

func (l FeeLine) append(b []byte) []byte {
	b = appendText(append(b, `{"asset":`...), l.Asset)
	b = appendDecimal(append(b, `,"amount":`...), l.Amount)
	return append(b, '}')
}

func (l OrderLine) append(b []byte) []byte {
	b = appendText(append(b, `{"id":`...), l.ID)
	b = appendTime(append(b, `,"time":`...), l.Time)
	b = appendText(append(b, `,"symbol":`...), l.Symbol)
	b = appendText(append(b, `,"side":`...), l.Side)
	b = appendText(append(b, `,"type":`...), l.Type)
	b = appendDecimal(append(b, `,"quantity":`...), l.Quantity)
	b = appendDecimal(append(b, `,"quote":`...), l.Quote)
	if !l.Price.IsZero() {
		b = appendDecimal(append(b, `,"price":`...), l.Price)
	}
	if !l.Stop.IsZero() {
		b = appendDecimal(append(b, `,"stop":`...), l.Stop)
	}
	b = l.appendTerms(b)
	b = appendText(append(b, `,"status":`...), l.Status)
	b = appendText(append(b, `,"reason":`...), l.Reason)
	b = appendList(append(b, `,"fills":`...), l.Fills, FillLine.append)
	if l.OrderTrace != nil {
		b = l.OrderTrace.append(b)
	}
	return append(b, '}')
}

// append writes the keys that follow those of the order.
func (l *OrderTrace) append(b []byte) []byte {
	b = appendOptional(b, `,"intent":`, l.Intent)
	b = appendOptional(b, `,"rule":`, l.Rule)
	b = appendOptional(b, `,"parent":`, l.Parent)
	b = appendOptional(b, `,"group":`, l.Group)
	b = appendOptional(b, `,"profile":`, l.Profile)
	b = appendOptional(b, `,"replaces":`, l.Replaces)
	if len(l.Checks) > 0 {
		b = appendList(append(b, `,"checks":`...), l.Checks, appendCheck)
	}
	if l.Refused != nil {
		b = appendValue(append(b, `,"refused":`...), l.Refused)
	}
	if len(l.Inputs) > 0 {
		b = appendList(append(b, `,"inputs":`...), l.Inputs, appendInput)
	}
	return b
}

func appendCheck(c market.Check, b []byte) []byte {
	b = appendText(append(b, `{"rule":`...), c.Rule)
	b = appendOptional(b, `,"measured":`, c.Measured)
	b = appendOptional(b, `,"limit":`, c.Limit)
	if c.Cut {
		b = append(b, `,"cut":true`...)
	}
	return append(b, '}')
}

func appendInput(s market.SignalRef, b []byte) []byte {
	b = appendText(append(b, `{"source":`...), s.Source)
	b = appendText(append(b, `,"kind":`...), string(s.Kind))
	b = appendText(append(b, `,"subject":`...), string(s.Subject))
	if s.Effective != 0 {
		b = appendTime(append(b, `,"effective":`...), s.Effective)
	}
	if s.Known != 0 {
		b = appendTime(append(b, `,"known":`...), s.Known)
	}
	if s.Revision != 0 {
		b = appendValue(append(b, `,"revision":`...), s.Revision)
	}
	b = appendValue(append(b, `,"value":`...), s.Value)
	if s.Assumed {
		b = append(b, `,"assumed":true`...)
	}
	if s.Absent {
		b = append(b, `,"absent":true`...)
	}
	return append(b, '}')
}

func appendID(id string, b []byte) []byte { return appendText(b, id) }

// appendOptional writes a key and a text, or nothing where the text is empty.
func appendOptional(b []byte, key, s string) []byte {
	if s == "" {
		return b
	}
	return appendText(append(b, key...), s)
}

// appendTerms writes what most orders do not have.
func (l OrderLine) appendTerms(b []byte) []byte {
	b = appendOptional(b, `,"trail":`, l.Trail)
	if !l.Activate.IsZero() {
		b = appendDecimal(append(b, `,"activate":`...), l.Activate)
	}
	b = appendOptional(b, `,"tif":`, l.TIF)
	if l.Expire != 0 {
		b = appendTime(append(b, `,"expire":`...), l.Expire)
	}
	if l.PostOnly {
		b = append(b, `,"post_only":true`...)
	}
	if l.ReduceOnly {
		b = append(b, `,"reduce_only":true`...)
	}
	return b
}

func (l FillLine) append(b []byte) []byte {
	b = appendTime(append(b, `{"time":`...), l.Time)
	b = appendDecimal(append(b, `,"price":`...), l.Price)
	b = appendDecimal(append(b, `,"quantity":`...), l.Quantity)
	b = appendDecimal(append(b, `,"fee":`...), l.Fee)
	b = appendText(append(b, `,"fee_asset":`...), l.FeeAsset)
	b = appendValue(append(b, `,"maker":`...), l.Maker)
	return append(b, '}')
}

func appendDecimal(b []byte, d decimal.Decimal) []byte {
	return append(append(append(b, '"'), d.String()...), '"')
}

func appendTime(b []byte, t market.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// appendText quotes a string. What needs no escape, as names do, is copied.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return appendValue(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// appendValue writes a string, number or boolean, none of which can fail: floats are
// finite here.
func appendValue(b []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, text...)
}
