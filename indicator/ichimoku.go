package indicator

// An Ichimoku is Hosoda's chart at a glance (Ichimoku Kinko Hyo, 1969), in the unit of
// the prices. The conversion line (tenkan) and the base line (kijun) are the middles of
// the [Donchian] channels of their periods. The cloud stands between span A, the mean of
// the two lines, and span B, the middle of a third channel, and is drawn ahead: that of
// the last bar was made base − 1 bars before, as Hosoda counts the bar itself among the
// base bars. (Programs that shift it by base are one bar late.) LeadA and LeadB are the
// cloud that the last bar makes. The lagging line (chikou) is the close, drawn base − 1
// bars back: compare it with the prices of that bar. He used 9, 26 and 52.
//
// Nothing seeds it, it is exact but for the halving of sums, and ready when the cloud
// reaches the last bar: after span + base − 1 updates. Value is the base line. TA-Lib has
// no such function.
type Ichimoku struct {
	conversion, base, span Donchian
	a, b                   ring // the cloud, from base − 1 bars ago on
	seen                   int  // updates, up to those that make it ready
}

// NewIchimoku returns the lines of three periods. It panics unless
// 1 ≤ conversion < base < span ≤ [MaxPeriod].
func NewIchimoku(conversion, base, span int) *Ichimoku {
	checkOrder(conversion, base)
	checkOrder(base, span)
	return &Ichimoku{
		conversion: *NewDonchian(conversion), base: *NewDonchian(base), span: *NewDonchian(span),
		a: makeRing(base), b: makeRing(base),
	}
}

// Update adds the next bar.
func (i *Ichimoku) Update(high, low float64) {
	i.conversion.Update(high, low)
	i.base.Update(high, low)
	i.span.Update(high, low)
	i.a.push((i.conversion.Value() + i.base.Value()) / 2)
	i.b.push(i.span.Value())
	i.seen = min(i.seen+1, i.Warmup())
}

// Ready reports whether the cloud has reached the last bar.
func (i *Ichimoku) Ready() bool { return i.seen == i.Warmup() }

// Warmup returns span + base − 1.
func (i *Ichimoku) Warmup() int { return i.span.Warmup() + i.base.Warmup() - 1 }

// Value returns the base line, or 0 until Ready.
func (i *Ichimoku) Value() float64 { return i.known(i.base.Value()) }

// Conversion returns the conversion line, or 0 until Ready.
func (i *Ichimoku) Conversion() float64 { return i.known(i.conversion.Value()) }

// SpanA returns the first edge of the cloud at the last bar, or 0 until Ready.
func (i *Ichimoku) SpanA() float64 { return i.known(i.a.oldest()) }

// SpanB returns the second edge of the cloud at the last bar, or 0 until Ready.
func (i *Ichimoku) SpanB() float64 { return i.known(i.b.oldest()) }

// LeadA returns the first edge of the cloud base − 1 bars ahead, or 0 until Ready.
func (i *Ichimoku) LeadA() float64 { return i.known(i.a.newest()) }

// LeadB returns the second edge of the cloud base − 1 bars ahead, or 0 until Ready.
func (i *Ichimoku) LeadB() float64 { return i.known(i.b.newest()) }

// known returns x once all of it is ready.
func (i *Ichimoku) known(x float64) float64 {
	if !i.Ready() {
		return 0
	}
	return x
}
