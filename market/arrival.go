package market

// Arrivals stamps signals as they arrive (semantics S4): a row is known from when it
// arrived, but never before what the same source said last, so that a clock that is set
// back rewrites nothing. The zero value has heard nobody; Arrivals is not safe for
// concurrent use.
type Arrivals struct{ last map[string]Time }

// Learn takes note of rows that are stored: what arrives from their sources is not known
// before them.
func (a *Arrivals) Learn(rows []Signal) {
	for i := range rows {
		a.heard(rows[i].Source, rows[i].Known)
	}
}

// Stamp sets Known of rows that arrive now, and that it was observed. What the source
// itself claims to have known is not when we could act.
func (a *Arrivals) Stamp(now Time, rows []Signal) {
	for i := range rows {
		s := &rows[i]
		s.Known, s.Assumed = max(now, a.last[s.Source]), false
		a.heard(s.Source, s.Known)
	}
}

func (a *Arrivals) heard(source string, known Time) {
	if a.last == nil {
		a.last = map[string]Time{}
	}
	a.last[source] = max(a.last[source], known)
}
