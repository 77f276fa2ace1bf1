package indicator

// An ROC is the rate of change over n bars, in percent: 100 × (x ÷ x of n before − 1)
// (Murphy, as [Momentum]). It is ready after n + 1 updates. Its values are TA-Lib's; as
// there it is 0 where the value of n before is 0. It depends on two values alone, however
// many came before.
type ROC struct{ past }

// NewROC returns the rate of change over period bars. It panics unless period is from 1
// to [MaxPeriod].
func NewROC(period int) *ROC { return &ROC{makePast(period)} }

// Update adds the next value.
func (r *ROC) Update(x float64) { r.add(x) }

// Value returns the change in percent, or 0 until Ready.
func (r *ROC) Value() float64 {
	if !r.Ready() {
		return 0
	}
	return percent(r.newest()-r.before, r.before)
}
