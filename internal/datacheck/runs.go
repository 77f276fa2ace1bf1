package datacheck

import "github.com/signalman-trading/signalman/market"

// volumes reports runs of bars without volume.
func (r *Report) volumes(v view, least int) {
	run := 0
	for i := 0; i <= v.Len(); i++ {
		if i < v.Len() && v.Volume[i] == 0 {
			run++
			continue
		}
		if run == v.Len() && run > 0 {
			r.add(v.span(ZeroVolume, 0, run), "no bar has a volume")
		} else if run >= least {
			r.add(v.span(ZeroVolume, i-run, i), "%d bars without volume", run)
		}
		run = 0
	}
}

// stale reports runs of bars that are alike, as a feed makes them that has stopped.
func (r *Report) stale(v view, least int) {
	run := 1
	for i := 1; i <= v.Len(); i++ {
		if i < v.Len() && v.alike(i-1, i) {
			run++
			continue
		}
		if run >= least {
			b := v.Bar(i - 1)
			r.add(v.span(Stale, i-run, i), "%d bars alike: close %s, volume %s", run, text(b.Close), text(b.Volume))
		}
		run = 1
	}
}

// alike reports whether two bars are the same but for their time. Bars without volume
// never are: they say what they are.
func (v *view) alike(i, j int) bool {
	return v.Close[i] == v.Close[j] && v.Volume[i] == v.Volume[j] && v.Volume[i] > 0 &&
		v.Open[i] == v.Open[j] && v.High[i] == v.High[j] && v.Low[i] == v.Low[j]
}

// span is a finding about bars [lo, hi).
func (v *view) span(k Kind, lo, hi int) Finding {
	return Finding{Kind: k, Row: v.row(lo), From: v.OpenTime[lo], To: v.OpenTime[hi-1] + market.Time(v.Interval), Bars: int64(hi - lo)}
}
