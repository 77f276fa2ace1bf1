package venue

import (
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// The events of market streams, written without reflection: there may be thousands in a
// second. Fields come in the order in which Binance writes them.

func appendInt(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(append(b, name...), n, 10)
}

func appendBool(b []byte, name string, on bool) []byte {
	return strconv.AppendBool(append(b, name...), on)
}

func appendText(b []byte, name, text string) []byte {
	return append(append(append(b, name...), text...), '"')
}

// appendKline writes how a bar stands.
func (p *pit) appendKline(b []byte, as view, s *series, start, now market.Time, c *candle, closed bool) []byte {
	b = appendInt(b, `{"e":"kline","E":`, as.stamp(now))
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = appendInt(b, `,"k":{"t":`, as.stamp(start))
	b = appendInt(b, `,"T":`, as.last(s.end(start)))
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = appendText(b, `,"i":"`, s.name)
	first, last := c.first, c.last
	if c.count == 0 {
		first, last = -1, -1
	}
	b = appendInt(b, `,"f":`, first)
	b = appendInt(b, `,"L":`, last)
	b = p.appendPrice(append(b, `,"o":`...), c.open)
	b = p.appendPrice(append(b, `,"c":`...), c.close)
	b = p.appendPrice(append(b, `,"h":`...), c.high)
	b = p.appendPrice(append(b, `,"l":`...), c.low)
	b = p.appendBase(append(b, `,"v":`...), c.volume)
	b = appendInt(b, `,"n":`, c.count)
	b = appendBool(b, `,"x":`, closed)
	b = p.appendQuote(append(b, `,"q":`...), c.quote)
	b = p.appendBase(append(b, `,"V":`...), c.buy)
	b = p.appendQuote(append(b, `,"Q":`...), c.buyQuote)
	return append(b, `,"B":"0"}}`...)
}

// appendDeal writes a trade, or the trades of one order at one price: each is one here.
func (p *pit) appendDeal(b []byte, as view, d *deal, now market.Time, usdm bool, k kind) []byte {
	if k == aggTrades {
		b = appendInt(b, `{"e":"aggTrade","E":`, as.stamp(now))
		b = appendText(b, `,"s":"`, p.book.Symbol)
		b = appendInt(b, `,"a":`, d.id)
	} else {
		b = appendInt(b, `{"e":"trade","E":`, as.stamp(now))
		b = appendText(b, `,"s":"`, p.book.Symbol)
		b = appendInt(b, `,"t":`, d.id)
	}
	b = p.appendPrice(append(b, `,"p":`...), d.price)
	b = p.appendQuantity(append(b, `,"q":`...), d.quantity)
	if k == aggTrades {
		b = appendInt(b, `,"f":`, d.id)
		b = appendInt(b, `,"l":`, d.id)
	}
	b = appendInt(b, `,"T":`, as.stamp(d.time))
	if usdm && k == trades {
		b = append(b, `,"X":"MARKET"`...)
	}
	b = appendBool(b, `,"m":`, d.maker)
	if !usdm {
		b = append(b, `,"M":true`...)
	}
	return append(b, '}')
}

// appendBest writes the best bid and ask.
func (p *pit) appendBest(b []byte, as view, now market.Time, usdm bool) []byte {
	l := p.ladder()
	b = append(b, '{')
	if usdm {
		b = append(b, `"e":"bookTicker",`...)
	}
	b = appendInt(b, `"u":`, l.update)
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = p.appendPrice(append(b, `,"b":`...), l.bid)
	b = p.appendQuantity(append(b, `,"B":`...), p.quantity(&l, l.bid))
	b = p.appendPrice(append(b, `,"a":`...), l.ask)
	b = p.appendQuantity(append(b, `,"A":`...), p.quantity(&l, l.ask))
	if usdm {
		b = appendInt(b, `,"T":`, as.stamp(p.last.time))
		b = appendInt(b, `,"E":`, as.stamp(now))
	}
	return append(b, '}')
}

// appendBook writes what changed in the book, or its best levels.
func (s *stream) appendBook(b []byte, as view, now market.Time) []byte {
	p, is := s.pit, &s.seen[len(s.seen)-1]
	if s.kind == bookLevels && !s.usdm {
		b = appendInt(b, `{"lastUpdateId":`, is.update)
		b = p.appendSide(append(b, `,"bids":`...), is, false, s.levels)
		return append(p.appendSide(append(b, `,"asks":`...), is, true, s.levels), '}')
	}
	b = appendInt(b, `{"e":"depthUpdate","E":`, as.stamp(now))
	if s.usdm {
		b = appendInt(b, `,"T":`, as.stamp(p.last.time))
	}
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = appendInt(b, `,"U":`, s.told+1)
	b = appendInt(b, `,"u":`, is.update)
	if s.usdm {
		b = appendInt(b, `,"pu":`, s.told)
	}
	if s.kind == bookLevels {
		b = p.appendSide(append(b, `,"b":`...), is, false, s.levels)
		return append(p.appendSide(append(b, `,"a":`...), is, true, s.levels), '}')
	}
	b = p.appendChange(append(b, `,"b":`...), s.seen, false)
	return append(p.appendChange(append(b, `,"a":`...), s.seen, true), '}')
}

// appendMini writes the 24 hours in short.
func (p *pit) appendMini(b []byte, as view, now market.Time) []byte {
	c := p.rolling(now)
	b = appendInt(b, `{"e":"24hrMiniTicker","E":`, as.stamp(now))
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = p.appendPrice(append(b, `,"c":`...), p.last.price)
	b = p.appendPrice(append(b, `,"o":`...), c.open)
	b = p.appendPrice(append(b, `,"h":`...), c.high)
	b = p.appendPrice(append(b, `,"l":`...), c.low)
	b = p.appendBase(append(b, `,"v":`...), c.volume)
	b = p.appendQuote(append(b, `,"q":`...), c.quote)
	return append(b, '}')
}

// appendTicker writes the 24 hours.
func (p *pit) appendTicker(b []byte, as view, now market.Time, usdm bool) []byte {
	c, l := p.rolling(now), p.ladder()
	b = appendInt(b, `{"e":"24hrTicker","E":`, as.stamp(now))
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = p.appendPrice(append(b, `,"p":`...), p.last.price-c.open)
	b = append(append(b, `,"P":`...), percent(p.last.price, c.open)...)
	b = p.appendPrice(append(b, `,"w":`...), p.mean(&c))
	if !usdm {
		b = p.appendPrice(append(b, `,"x":`...), c.open)
	}
	b = p.appendPrice(append(b, `,"c":`...), p.last.price)
	b = p.appendQuantity(append(b, `,"Q":`...), p.last.quantity)
	if !usdm {
		b = p.appendPrice(append(b, `,"b":`...), l.bid)
		b = p.appendQuantity(append(b, `,"B":`...), p.quantity(&l, l.bid))
		b = p.appendPrice(append(b, `,"a":`...), l.ask)
		b = p.appendQuantity(append(b, `,"A":`...), p.quantity(&l, l.ask))
	}
	b = p.appendPrice(append(b, `,"o":`...), c.open)
	b = p.appendPrice(append(b, `,"h":`...), c.high)
	b = p.appendPrice(append(b, `,"l":`...), c.low)
	b = p.appendBase(append(b, `,"v":`...), c.volume)
	b = p.appendQuote(append(b, `,"q":`...), c.quote)
	b = appendInt(b, `,"O":`, as.stamp(now-market.Day))
	b = appendInt(b, `,"C":`, as.stamp(now))
	b = appendInt(b, `,"F":`, c.first)
	b = appendInt(b, `,"L":`, c.last)
	b = appendInt(b, `,"n":`, c.count)
	return append(b, '}')
}

// percent writes by how much a price has changed, with three decimals between quotes.
func percent(is, was int64) string {
	change := 0.0
	if was != 0 {
		change = float64(is-was) / float64(was) * 100
	}
	return `"` + strconv.FormatFloat(change, 'f', 3, 64) + `"`
}

// appendAverage writes the average price of five minutes.
func (p *pit) appendAverage(b []byte, as view, now market.Time) []byte {
	b = appendInt(b, `{"e":"avgPrice","E":`, as.stamp(now))
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = p.appendPrice(append(b, `,"i":"5m","w":`...), p.average(now))
	return append(appendInt(b, `,"T":`, as.stamp(p.last.time)), '}')
}

// appendMark writes the mark price, for which the last one stands in.
func (f *floor) appendMark(b []byte, as view, p *pit, now market.Time) []byte {
	last, next := f.funding(p, now)
	b = appendInt(b, `{"e":"markPriceUpdate","E":`, as.stamp(now))
	b = appendText(b, `,"s":"`, p.book.Symbol)
	b = p.appendPrice(append(b, `,"p":`...), p.last.price)
	b = p.appendPrice(append(b, `,"i":`...), p.last.price)
	b = p.appendPrice(append(b, `,"P":`...), p.last.price)
	b = appendText(b, `,"r":"`, last.Rate.StringFixed(8))
	return append(appendInt(b, `,"T":`, as.stamp(next)), '}')
}
