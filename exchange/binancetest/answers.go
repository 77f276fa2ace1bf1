package binancetest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// klines serves bars that have begun by the venue's clock, the last of them still growing.
func (s *Server) klines(q url.Values, limit int) (any, *refusal) {
	if !slices.Contains(s.symbols(), q.Get("symbol")) {
		return nil, unknownSymbol
	}
	d, err := market.ParseInterval(q.Get("interval"))
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, -1120, "Invalid interval."}
	}
	c := s.bars[q.Get("symbol")+" "+d.String()]
	if c == nil {
		return [][]any{}, nil
	}
	first, last := between(q)
	if s.Loose {
		last = market.MaxTime
	}
	lo, hi := c.Search(first), c.Search(min(s.Now(), last)+1)
	if q.Get("startTime") == "" {
		lo = max(0, hi-limit)
	}
	rows := [][]any{}
	for row := lo; row < min(hi, lo+limit); row++ {
		rows = append(rows, kline(c, row))
	}
	if s.Mangle != nil {
		rows = s.Mangle(rows)
	}
	return rows, nil
}

func kline(c *market.Columns, row int) []any {
	b := c.Bar(row)
	text := func(x float64) string { return strconv.FormatFloat(x, 'f', 8, 64) }
	return []any{b.OpenTime.Millis(), text(b.Open), text(b.High), text(b.Low), text(b.Close), text(b.Volume), c.Time(row).Millis() - 1, "0", 1, "0", "0", "0"}
}

func (s *Server) aggTrades(q url.Values, limit int) (any, *refusal) {
	symbol := q.Get("symbol")
	if !slices.Contains(s.symbols(), symbol) {
		return nil, unknownSymbol
	}
	first, last := between(q)
	id, err := strconv.ParseInt(q.Get("fromId"), 10, 64)
	switch {
	case err == nil && (q.Has("startTime") || q.Has("endTime")):
		return nil, &refusal{http.StatusBadRequest, -1128, "Combination of optional parameters invalid."}
	case last != market.MaxTime && last-first > market.Time(market.Hour):
		return nil, &refusal{http.StatusBadRequest, -1127, "More than 1 hour between startTime and endTime."}
	}
	rows := []map[string]any{}
	for _, t := range s.Trades[symbol] {
		if t.ID < id || t.Time < first || t.Time > min(last, s.Now()) || len(rows) == limit {
			continue
		}
		rows = append(rows, map[string]any{"a": t.ID, "p": t.Price, "q": t.Quantity, "f": t.ID, "l": t.ID, "T": t.Time.Millis(), "m": true})
	}
	return rows, nil
}

func (s *Server) fundingRate(q url.Values, limit int) (any, *refusal) {
	symbol := q.Get("symbol")
	if !slices.Contains(s.symbols(), symbol) {
		return nil, unknownSymbol
	}
	first, last := between(q)
	rows := []map[string]any{}
	for _, f := range s.Fundings[symbol] {
		if f.Time < first || f.Time > min(last, s.Now()) || len(rows) == limit {
			continue
		}
		mark := ""
		if !f.Mark.IsZero() {
			mark = f.Mark.String()
		}
		rows = append(rows, map[string]any{"symbol": symbol, "fundingRate": f.Rate.String(), "fundingTime": f.Time.Millis(), "markPrice": mark})
	}
	return rows, nil
}

// info serves the rules of what is listed: the same tick and step for all.
func (s *Server) info(q url.Values, _ int) (any, *refusal) {
	listed := s.symbols()
	if text := q.Get("symbols"); text != "" {
		var asked []string
		if err := json.Unmarshal([]byte(text), &asked); err != nil {
			return nil, &refusal{http.StatusBadRequest, -1100, "Illegal characters found in parameter 'symbols'."}
		}
		for _, symbol := range asked {
			if !slices.Contains(listed, symbol) {
				return nil, unknownSymbol
			}
		}
		listed = asked
	}
	symbols := []map[string]any{}
	for _, symbol := range listed {
		symbols = append(symbols, s.listing(symbol))
	}
	return map[string]any{"timezone": "UTC", "serverTime": s.Now().Millis(), "symbols": symbols}, nil
}

func (s *Server) listing(symbol string) map[string]any {
	base, quote, err := market.SplitSymbol(symbol)
	if err != nil {
		base, quote = symbol, "USDT"
	}
	l := map[string]any{
		"symbol": symbol, "status": "TRADING", "baseAsset": base, "quoteAsset": quote,
		"baseAssetPrecision": 8, "quotePrecision": 8, "quoteAssetPrecision": 8,
		"filters": []map[string]any{
			{"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.00", "tickSize": "0.01"},
			{"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000.00", "stepSize": "0.00001"},
		},
	}
	if s.usdm {
		l["contractType"], l["marginAsset"], l["liquidationFee"] = "PERPETUAL", quote, "0.0125"
	}
	return l
}
