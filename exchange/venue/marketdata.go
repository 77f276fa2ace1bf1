package venue

import (
	"encoding/json"
	"regexp"
	"strconv"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// marketEndpoints are the public data of both markets.
func marketEndpoints() []endpoint {
	const some = "symbol symbols type symbolStatus"
	return []endpoint{
		{method: "GET", path: "/api/v3/ping", ws: "ping", weight: 1, do: ping},
		{method: "GET", path: "/api/v3/time", ws: "time", weight: 1, do: serverTime},
		{method: "GET", path: "/api/v3/exchangeInfo", ws: "exchangeInfo", params: "symbol symbols permissions showPermissionSets symbolStatus", weight: 20, do: exchangeInfo},
		{method: "GET", path: "/api/v3/klines", ws: "klines", params: "symbol interval startTime endTime timeZone limit", weight: 2, do: getKlines},
		{method: "GET", path: "/api/v3/uiKlines", ws: "uiKlines", params: "symbol interval startTime endTime timeZone limit", weight: 2, do: getKlines},
		{method: "GET", path: "/api/v3/depth", ws: "depth", params: "symbol limit symbolStatus", weigh: depthWeight, do: getDepth},
		{method: "GET", path: "/api/v3/trades", ws: "trades.recent", params: "symbol limit", weight: 25, do: getTrades},
		{method: "GET", path: "/api/v3/historicalTrades", ws: "trades.historical", params: "symbol limit fromId", weight: 25, do: getTrades},
		{method: "GET", path: "/api/v3/aggTrades", ws: "trades.aggregate", params: "symbol fromId startTime endTime limit", weight: 4, do: getAggTrades},
		{method: "GET", path: "/api/v3/avgPrice", ws: "avgPrice", params: "symbol", weight: 2, do: getAverage},
		{method: "GET", path: "/api/v3/ticker/24hr", ws: "ticker.24hr", params: some, weigh: dayWeight, do: getDay},
		{method: "GET", path: "/api/v3/ticker/price", ws: "ticker.price", params: some, weigh: oneOr(2, 4), do: getPrice},
		{method: "GET", path: "/api/v3/ticker/bookTicker", ws: "ticker.book", params: some, weigh: oneOr(2, 4), do: getBest},

		{method: "GET", path: "/fapi/v1/ping", ws: "ping", usdm: true, weight: 1, do: ping},
		{method: "GET", path: "/fapi/v1/time", ws: "time", usdm: true, weight: 1, do: serverTime},
		{method: "GET", path: "/fapi/v1/exchangeInfo", usdm: true, weight: 1, do: usdmExchangeInfo},
		{method: "GET", path: "/fapi/v1/klines", usdm: true, weigh: usdmKlinesWeight, do: getKlines},
		{method: "GET", path: "/fapi/v1/depth", ws: "depth", usdm: true, weigh: usdmDepthWeight, do: getDepth},
		{method: "GET", path: "/fapi/v1/trades", usdm: true, weight: 5, do: getTrades},
		{method: "GET", path: "/fapi/v1/historicalTrades", usdm: true, security: keyed, weight: 20, do: getTrades},
		{method: "GET", path: "/fapi/v1/aggTrades", usdm: true, weight: 20, do: getAggTrades},
		{method: "GET", path: "/fapi/v1/premiumIndex", usdm: true, weigh: oneOr(1, 10), do: getPremium},
		{method: "GET", path: "/fapi/v1/fundingRate", usdm: true, weight: 1, do: getFundings},
		{method: "GET", path: "/fapi/v1/fundingInfo", usdm: true, weight: 1, do: getFundingInfo},
		{method: "GET", path: "/fapi/v1/ticker/24hr", usdm: true, weigh: oneOr(1, 40), do: getDay},
		{method: "GET", path: "/fapi/v1/ticker/price", ws: "ticker.price", usdm: true, weigh: oneOr(1, 2), do: getPrice},
		{method: "GET", path: "/fapi/v2/ticker/price", usdm: true, weigh: oneOr(1, 2), do: getPrice},
		{method: "GET", path: "/fapi/v1/ticker/bookTicker", ws: "ticker.book", usdm: true, weigh: oneOr(2, 5), do: getBest},
	}
}

func ping(*call) (any, *refusal) { return struct{}{}, nil }

func serverTime(c *call) (any, *refusal) {
	return struct {
		ServerTime int64 `json:"serverTime"`
	}{(c.venue.clock.now + c.venue.clock.skew).Millis()}, nil
}

// oneOr weighs a request of one symbol, and one of all.
func oneOr(one, all int) func(*call) int {
	return func(c *call) int {
		if c.sent("symbol") {
			return one
		}
		return all
	}
}

// asked returns the limit that a request names, as far as it is a number.
func (c *call) asked(otherwise int) int {
	text, _ := c.params.get("limit")
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

func depthWeight(c *call) int {
	switch n := c.asked(100); {
	case n <= 100:
		return 5
	case n <= 500:
		return 25
	case n <= 1000:
		return 50
	}
	return 250
}

func usdmDepthWeight(c *call) int {
	switch n := c.asked(500); {
	case n <= 50:
		return 2
	case n <= 100:
		return 5
	case n <= 500:
		return 10
	}
	return 20
}

func usdmKlinesWeight(c *call) int {
	switch n := c.asked(500); {
	case n < 100:
		return 1
	case n < 500:
		return 2
	case n <= 1000:
		return 5
	}
	return 10
}

// pit returns the market of the symbol that a request names, as of now.
func (c *call) pit() *pit {
	b := c.symbol()
	if b == nil {
		return nil
	}
	p := c.side.floor.pits[b.ID]
	p.skip(c.venue.clock.now)
	return p
}

// bounds returns the times between which a request wants rows, both counted in.
func (c *call) bounds() (from, to market.Time) {
	first, last := c.integer("startTime", 0), c.integer("endTime", market.MaxTime.Millis()-1)
	const most = int64(market.MaxTime) / int64(time.Millisecond)
	if first < 0 || last < 0 || first >= most || last >= most {
		c.reject(errData("startTime"))
		return 0, 0
	}
	return market.Millis(first), market.Millis(last+1) - 1
}

// most is how many rows of bars a market gives at once.
func (c *call) most() int64 {
	if c.side.usdm {
		return 1500
	}
	return 1000
}

// getKlines answers with bars: those from a time on, or the newest. The last of them may
// still form.
func getKlines(c *call) (any, *refusal) {
	p, name := c.pit(), c.need("interval")
	if c.bad != nil {
		return nil, c.bad
	}
	q, ok := findPeriod(name, c.side.usdm)
	if !ok {
		return nil, errInterval
	}
	from, to := c.bounds()
	limit := c.limit(500, c.most())
	if zone := c.text("timeZone"); zone != "" && zone != "0" && zone != "00:00" && zone != "0:00" {
		c.reject(errData("timeZone"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	return json.RawMessage(p.appendKlines([]byte{'['}, q, from, to, limit, c.sent("startTime"), c.venue.clock.now, c.venue.shown())), nil
}

// appendKlines writes bars that open from a time to another: the first of them, or the last.
// Where the clock that the venue shows is ahead, a bar that has closed by it and still forms
// is not there yet: who reads a bar that is over reads all of it.
func (p *pit) appendKlines(b []byte, q period, from, to market.Time, limit int, first bool, now, shown market.Time) []byte {
	s := p.of(q)
	if s.columns == nil {
		return append(b, ']')
	}
	lo, hi := s.columns.Search(from), min(s.closing(now), s.columns.Search(to+1))
	start, sum := p.forming(s, now)
	forms := !sum.empty() && start >= from && start <= to && s.end(start) > shown && (hi == 0 || start > s.columns.OpenTime[hi-1])
	rows := max(0, hi-lo)
	if rows >= limit && first {
		forms = false
	}
	if forms {
		rows++
	}
	if rows > limit {
		if !first {
			lo += rows - limit
		}
		rows = limit
	}
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		if forms && i == rows-1 {
			b = p.appendRow(b, s, start, &sum)
			break
		}
		c := p.closed(s, lo+i)
		b = p.appendRow(b, s, s.columns.OpenTime[lo+i], &c)
	}
	return append(b, ']')
}

// appendRow writes a bar as REST does.
func (p *pit) appendRow(b []byte, s *series, start market.Time, c *candle) []byte {
	b = appendInt(b, "[", start.Millis())
	for _, price := range [...]int64{c.open, c.high, c.low, c.close} {
		b = p.appendPrice(append(b, ','), price)
	}
	b = p.appendBase(append(b, ','), c.volume)
	b = appendInt(b, ",", s.end(start).Millis()-1)
	b = p.appendQuote(append(b, ','), c.quote)
	b = appendInt(b, ",", c.count)
	b = p.appendBase(append(b, ','), c.buy)
	b = p.appendQuote(append(b, ','), c.buyQuote)
	return append(b, `,"0"]`...)
}

// usdmDepths are the limits that USD-M takes.
var usdmDepths = map[int64]bool{5: true, 10: true, 20: true, 50: true, 100: true, 500: true, 1000: true}

// getDepth answers with the book.
func getDepth(c *call) (any, *refusal) {
	p := c.pit()
	limit := int64(c.limit(100, 5000))
	if c.side.usdm {
		if limit = c.integer("limit", 500); !usdmDepths[limit] {
			c.reject(refuse(-4021, "'%d' is not valid depth limit.", limit))
		}
	}
	if c.bad != nil {
		return nil, c.bad
	}
	l := p.ladder()
	b := appendInt(nil, `{"lastUpdateId":`, l.update)
	if c.side.usdm {
		b = appendInt(b, `,"E":`, c.venue.clock.now.Millis())
		b = appendInt(b, `,"T":`, p.last.time.Millis())
	}
	b = p.appendSide(append(b, `,"bids":`...), &l, false, int(limit))
	b = p.appendSide(append(b, `,"asks":`...), &l, true, int(limit))
	return json.RawMessage(append(b, '}')), nil
}

// until returns the id that the next deal of a pit will have.
func (p *pit) until() int64 {
	if p.row < len(p.tape.first)-1 {
		return p.tape.first[p.row] + p.now.count
	}
	return p.tape.first[len(p.tape.first)-1]
}

// getTrades answers with trades: the newest, or with fromId those from it on.
func getTrades(c *call) (any, *refusal) {
	p := c.pit()
	limit := int64(c.limit(500, 1000))
	from := c.integer("fromId", -1)
	if c.bad != nil {
		return nil, c.bad
	}
	if from < 0 {
		from = p.until() - limit
	}
	b := []byte{'['}
	p.walk(p.rowOf(from), func(d *deal) bool {
		if d.id < from {
			return true
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = p.appendTrade(b, d, c.side.usdm)
		limit--
		return limit > 0
	})
	return json.RawMessage(append(b, ']')), nil
}

// appendTrade writes a trade as REST does.
func (p *pit) appendTrade(b []byte, d *deal, usdm bool) []byte {
	b = appendInt(b, `{"id":`, d.id)
	b = p.appendPrice(append(b, `,"price":`...), d.price)
	b = p.appendQuantity(append(b, `,"qty":`...), d.quantity)
	b = p.appendQuote(append(b, `,"quoteQty":`...), p.product(d.price, d.quantity))
	b = appendInt(b, `,"time":`, d.time.Millis())
	b = appendBool(b, `,"isBuyerMaker":`, d.maker)
	if !usdm {
		b = append(b, `,"isBestMatch":true`...)
	}
	return append(b, '}')
}

// rowOf returns the row of the tape that has the deal of an id, or of the first after it.
func (p *pit) rowOf(id int64) int {
	lo, hi := 0, p.tape.columns.Len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if p.tape.first[mid+1] <= id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// walk hands out the deals that have happened, from a row of the tape on, until take wants
// no more.
func (p *pit) walk(row int, take func(*deal) bool) {
	end := p.until()
	for ; row < p.tape.columns.Len() && p.tape.first[row] < end; row++ {
		deals := p.tape.of(row)
		for i := range deals {
			if d := &deals[i]; d.quantity > 0 && (d.id >= end || !take(d)) {
				return
			}
		}
	}
}

// getAggTrades answers with trades of one order at one price: by id, by time, or the newest.
func getAggTrades(c *call) (any, *refusal) {
	p := c.pit()
	limit := int64(c.limit(500, 1000))
	id := c.integer("fromId", -1)
	from, to := c.bounds()
	timed := c.sent("startTime") || c.sent("endTime")
	switch {
	case c.bad != nil:
		return nil, c.bad
	case id >= 0 && timed:
		return nil, errCombination
	case c.sent("startTime") && c.sent("endTime") && to-from >= market.Time(time.Hour):
		return nil, refuse(-1127, "More than 1 hour between startTime and endTime.")
	}
	row := p.rowOf(id)
	switch {
	case c.sent("startTime"):
		row, id = closing(p.tape.columns, from-1), 0
	case timed:
		id = p.untilTime(to) - limit
		row = p.rowOf(id)
	case id < 0:
		id = p.until() - limit
		row = p.rowOf(id)
	}
	b := []byte{'['}
	p.walk(row, func(d *deal) bool {
		if d.id < id || d.time < from {
			return true
		}
		if d.time > to {
			return false
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = p.appendAggTrade(b, d, c.side.usdm)
		limit--
		return limit > 0
	})
	return json.RawMessage(append(b, ']')), nil
}

// untilTime returns the id of the first deal after a time.
func (p *pit) untilTime(t market.Time) int64 {
	id := p.until()
	p.walk(closing(p.tape.columns, t), func(d *deal) bool {
		if d.time > t {
			id = d.id
			return false
		}
		return true
	})
	return id
}

func (p *pit) appendAggTrade(b []byte, d *deal, usdm bool) []byte {
	b = appendInt(b, `{"a":`, d.id)
	b = p.appendPrice(append(b, `,"p":`...), d.price)
	b = p.appendQuantity(append(b, `,"q":`...), d.quantity)
	b = appendInt(b, `,"f":`, d.id)
	b = appendInt(b, `,"l":`, d.id)
	b = appendInt(b, `,"T":`, d.time.Millis())
	b = appendBool(b, `,"m":`, d.maker)
	if !usdm {
		b = append(b, `,"M":true`...)
	}
	return append(b, '}')
}

// getAverage answers with the average price of five minutes.
func getAverage(c *call) (any, *refusal) {
	p := c.pit()
	if p == nil {
		return nil, c.bad
	}
	b := p.appendPrice([]byte(`{"mins":5,"price":`), p.average(c.venue.clock.now))
	b = appendInt(b, `,"closeTime":`, p.last.time.Millis())
	return json.RawMessage(append(b, '}')), nil
}

// legalSymbol and legalSymbols are what names of instruments may be.
var (
	legalSymbol  = regexp.MustCompile(`^[A-Z0-9-_.]{1,20}$`)
	legalSymbols = regexp.MustCompile(`^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$`)
)
