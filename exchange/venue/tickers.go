package venue

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// chosen returns the markets that a request is about: of a symbol, of several, or all. one
// says that the answer is an object rather than a list.
func (c *call) chosen() (list []*pit, one bool) {
	if c.sent("symbol") {
		if c.sent("symbols") {
			c.reject(errCombination)
			return nil, true
		}
		return []*pit{c.pit()}, true
	}
	if c.sent("symbols") && !c.side.usdm {
		return c.several(), false
	}
	for _, p := range c.side.floor.pits {
		p.skip(c.venue.clock.now)
		list = append(list, p)
	}
	return list, false
}

// several returns the markets of the parameter symbols, a list in JSON.
func (c *call) several() (list []*pit) {
	text := c.need("symbols")
	var names []string
	if !legalSymbols.MatchString(text) || json.Unmarshal([]byte(text), &names) != nil {
		c.reject(errIllegal("symbols", legalSymbols.String()))
		return nil
	}
	for _, name := range names {
		b := c.side.bySymbol[name]
		if b == nil {
			c.reject(errSymbol)
			return nil
		}
		p := c.side.floor.pits[b.ID]
		p.skip(c.venue.clock.now)
		list = append(list, p)
	}
	return list
}

// answerEach writes an object for each market that a request is about. Those where nothing
// has traded yet are left out of lists.
func (c *call) answerEach(write func(b []byte, p *pit) []byte) (any, *refusal) {
	list, one := c.chosen()
	if c.bad != nil {
		return nil, c.bad
	}
	if one {
		return json.RawMessage(write(nil, list[0])), nil
	}
	b := []byte{'['}
	for _, p := range list {
		if p.last.time == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = write(b, p)
	}
	return json.RawMessage(append(b, ']')), nil
}

// dayWeight weighs ticker/24hr by how many symbols it is about.
func dayWeight(c *call) int {
	n := len(c.side.floor.pits)
	if c.sent("symbol") {
		return 2
	}
	if text, ok := c.params.get("symbols"); ok {
		var names []string
		if json.Unmarshal([]byte(text), &names) == nil {
			n = len(names)
		}
	} else {
		return 80
	}
	switch {
	case n <= 20:
		return 2
	case n <= 100:
		return 40
	}
	return 80
}

// getDay answers with the statistics of 24 hours.
func getDay(c *call) (any, *refusal) {
	mini := false
	switch c.text("type") {
	case "", "FULL":
	case "MINI":
		mini = true
	default:
		c.reject(errData("type"))
	}
	now := c.venue.clock.now
	return c.answerEach(func(b []byte, p *pit) []byte { return p.appendDay(b, now, c.side.usdm, mini) })
}

func (p *pit) appendDay(b []byte, now market.Time, usdm, mini bool) []byte {
	c, l := p.rolling(now), p.ladder()
	b = appendText(b, `{"symbol":"`, p.book.Symbol)
	if !mini {
		b = p.appendPrice(append(b, `,"priceChange":`...), p.last.price-c.open)
		b = append(append(b, `,"priceChangePercent":`...), percent(p.last.price, c.open)...)
		b = p.appendPrice(append(b, `,"weightedAvgPrice":`...), p.mean(&c))
		if !usdm {
			b = p.appendPrice(append(b, `,"prevClosePrice":`...), c.open)
		}
	}
	b = p.appendPrice(append(b, `,"lastPrice":`...), p.last.price)
	if !mini {
		b = p.appendQuantity(append(b, `,"lastQty":`...), p.last.quantity)
	}
	if !mini && !usdm {
		b = p.appendBids(append(b, ','), &l)
	}
	b = p.appendPrice(append(b, `,"openPrice":`...), c.open)
	b = p.appendPrice(append(b, `,"highPrice":`...), c.high)
	b = p.appendPrice(append(b, `,"lowPrice":`...), c.low)
	b = p.appendBase(append(b, `,"volume":`...), c.volume)
	b = p.appendQuote(append(b, `,"quoteVolume":`...), c.quote)
	b = appendInt(b, `,"openTime":`, (now - market.Day).Millis())
	b = appendInt(b, `,"closeTime":`, now.Millis())
	b = appendInt(b, `,"firstId":`, c.first)
	b = appendInt(b, `,"lastId":`, c.last)
	return append(appendInt(b, `,"count":`, c.count), '}')
}

// appendBids writes the best bid and ask.
func (p *pit) appendBids(b []byte, l *ladder) []byte {
	b = p.appendPrice(append(b, `"bidPrice":`...), l.bid)
	b = p.appendQuantity(append(b, `,"bidQty":`...), p.quantity(l, l.bid))
	b = p.appendPrice(append(b, `,"askPrice":`...), l.ask)
	return p.appendQuantity(append(b, `,"askQty":`...), p.quantity(l, l.ask))
}

// getPrice answers with last prices.
func getPrice(c *call) (any, *refusal) {
	return c.answerEach(func(b []byte, p *pit) []byte {
		b = appendText(b, `{"symbol":"`, p.book.Symbol)
		b = p.appendPrice(append(b, `,"price":`...), p.last.price)
		if c.side.usdm {
			b = appendInt(b, `,"time":`, p.last.time.Millis())
		}
		return append(b, '}')
	})
}

// getBest answers with the best bids and asks.
func getBest(c *call) (any, *refusal) {
	return c.answerEach(func(b []byte, p *pit) []byte {
		l := p.ladder()
		b = appendText(b, `{"symbol":"`, p.book.Symbol)
		b = p.appendBids(append(b, ','), &l)
		if c.side.usdm {
			b = appendInt(b, `,"time":`, p.last.time.Millis())
			b = appendInt(b, `,"lastUpdateId":`, l.update)
		}
		return append(b, '}')
	})
}

// getPremium answers with mark prices, for which the last ones stand in, and fundings.
func getPremium(c *call) (any, *refusal) {
	now := c.venue.clock.now
	return c.answerEach(func(b []byte, p *pit) []byte {
		last, next := c.side.floor.funding(p, now)
		b = appendText(b, `{"symbol":"`, p.book.Symbol)
		b = p.appendPrice(append(b, `,"markPrice":`...), p.last.price)
		b = p.appendPrice(append(b, `,"indexPrice":`...), p.last.price)
		b = p.appendPrice(append(b, `,"estimatedSettlePrice":`...), p.last.price)
		b = appendText(b, `,"lastFundingRate":"`, last.Rate.StringFixed(8))
		b = append(b, `,"interestRate":"0.00010000"`...)
		b = appendInt(b, `,"nextFundingTime":`, next.Millis())
		return append(appendInt(b, `,"time":`, now.Millis()), '}')
	})
}

// fundingRow is one funding.
type fundingRow struct {
	Symbol string `json:"symbol"`
	Time   int64  `json:"fundingTime"`
	Rate   string `json:"fundingRate"`
	Mark   string `json:"markPrice"`
}

// getFundings answers with fundings in rising time: from a time on, or the newest.
func getFundings(c *call) (any, *refusal) {
	pits := c.side.floor.pits
	if c.sent("symbol") {
		pits = []*pit{c.pit()}
	}
	from, to := c.bounds()
	limit := c.limit(100, 1000)
	if c.bad != nil {
		return nil, c.bad
	}
	rows := []fundingRow{}
	for _, p := range pits {
		rows = append(rows, c.side.floor.fundingRows(p, from, min(to, c.venue.clock.now))...)
	}
	slices.SortStableFunc(rows, func(a, b fundingRow) int { return cmp.Compare(a.Time, b.Time) })
	if len(rows) > limit {
		if c.sent("startTime") {
			rows = rows[:limit]
		} else {
			rows = rows[len(rows)-limit:]
		}
	}
	return rows, nil
}

func (f *floor) fundingRows(p *pit, from, to market.Time) (rows []fundingRow) {
	if int(p.book.ID) >= len(f.fundings) {
		return nil
	}
	for _, x := range f.fundings[p.book.ID] {
		if x.Time < from || x.Time > to {
			continue
		}
		row := fundingRow{Symbol: p.book.Symbol, Time: x.Time.Millis(), Rate: x.Rate.StringFixed(8)}
		if !x.Mark.IsZero() {
			row.Mark = x.Mark.StringFixed(8)
		}
		rows = append(rows, row)
	}
	return rows
}

// fundingInfo is how often an instrument has fundings.
type fundingInfo struct {
	Symbol     string `json:"symbol"`
	Cap        string `json:"adjustedFundingRateCap"`
	Floor      string `json:"adjustedFundingRateFloor"`
	Hours      int64  `json:"fundingIntervalHours"`
	Disclaimer bool   `json:"disclaimer"`
}

// getFundingInfo answers with what is not as usual: fundings that are not every 8 hours.
func getFundingInfo(c *call) (any, *refusal) {
	list := []fundingInfo{}
	for i, rows := range c.side.floor.fundings {
		if len(rows) < 2 || i >= len(c.side.books) {
			continue
		}
		hours := int64((rows[1].Time.Second() - rows[0].Time.Second()) / market.Time(market.Hour))
		if hours > 0 && hours != 8 {
			list = append(list, fundingInfo{c.side.books[i].Symbol, "0.02000000", "-0.02000000", hours, false})
		}
	}
	return list, nil
}
