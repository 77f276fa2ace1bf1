package app

import (
	"cmp"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

type intakeReport = intake.Report

// fetchedSignals is what signals fetch has to say.
type fetchedSignals struct {
	From    market.Time      `json:"from,omitzero"`
	To      market.Time      `json:"to,omitzero"`
	DryRun  bool             `json:"dry_run,omitzero"`
	Sources []*fetchedSource `json:"sources"`
}

// fetchedSource is what came of one source, or what it would be asked.
type fetchedSource struct {
	Source    string `json:"source"` // the table of the configuration
	Quota     string `json:"quota"`
	Calls     int    `json:"calls"`                // spent, or to be spent
	CallsLeft *int   `json:"calls_left"`           // null: nothing limits them
	Kept      int    `json:"calls_kept,omitempty"` // of them for the schedules, where the past is to be filled in
	Asked     int    `json:"questions"`
	Left      int    `json:"unanswered"`
	Known     int    `json:"filled_in_before"` // questions of which a part, or all, was asked before
	Answers   int    `json:"answers"`

	NoPast  []market.SignalKind `json:"no_past,omitempty"`      // of which the source tells only what is now
	Lacking []lackingTime       `json:"nothing_came,omitempty"` // not remembered as filled in
	Outside int                 `json:"rows_outside,omitempty"` // about other times than asked for

	Synthetic []string `json:"synthetic,omitempty"` // sources among the rows that a stand-in made up

	Kinds   []fetchedKind `json:"kinds"`
	Bad     int           `json:"bad_rows"`
	BadRows []string      `json:"bad,omitempty"`
	Behind  string        `json:"clock_behind,omitempty"`
	Plan    []plannedCall `json:"plan,omitempty"`
	Error   string        `json:"error,omitempty"`

	wanted bool
}

// fetchedKind counts the rows of one kind.
type fetchedKind struct {
	Kind      market.SignalKind `json:"kind"`
	New       int               `json:"new"` // revised ones included
	Unchanged int               `json:"unchanged"`
	Revised   int               `json:"revised"`
	Null      int               `json:"null"` // of those that are new
	Observed  int               `json:"observed"`
	Assumed   int               `json:"assumed"`
}

// lackingTime is times of which an endpoint has no rows.
type lackingTime struct {
	Kinds []market.SignalKind `json:"kinds"`
	timespan
}

// plannedCall is calls that would be made.
type plannedCall struct {
	Endpoint string              `json:"endpoint"`
	Calls    int                 `json:"calls"`
	Kinds    []market.SignalKind `json:"kinds"`
}

func newFetchedSource(t *config.Source) *fetchedSource {
	return &fetchedSource{Source: t.Name, Quota: cmp.Or(t.Quota, t.Type), Kinds: []fetchedKind{}}
}

func (f *fetchedSource) kind(k market.SignalKind) *fetchedKind {
	i, ok := slices.BinarySearchFunc(f.Kinds, k, func(has fetchedKind, k market.SignalKind) int { return cmp.Compare(has.Kind, k) })
	if !ok {
		f.Kinds = slices.Insert(f.Kinds, i, fetchedKind{Kind: k})
	}
	return &f.Kinds[i]
}

// lacks notes times of which nothing came. Later ones come first.
func (f *fetchedSource) lacks(kinds []market.SignalKind, span timespan) {
	for i := range f.Lacking {
		if l := &f.Lacking[i]; l.From == span.To && slices.Equal(l.Kinds, kinds) {
			l.From = span.From
			return
		}
	}
	f.Lacking = append(f.Lacking, lackingTime{kinds, span})
}

// add counts what came of a batch.
func (f *fetchedSource) add(r *intakeReport) {
	f.Answers++
	for _, rows := range [][]market.Signal{r.News, r.Unchanged} {
		for _, name := range syntheticSources(rows) {
			if !slices.Contains(f.Synthetic, name) {
				f.Synthetic = append(f.Synthetic, name)
			}
		}
	}
	f.Bad += len(r.Bad)
	for _, err := range r.Bad[:min(len(r.Bad), max(0, shownRows-len(f.BadRows)))] {
		f.BadRows = append(f.BadRows, err.Error())
	}
	for i := range r.News {
		s := &r.News[i]
		k := f.kind(s.Kind)
		k.New++
		if s.Revision > 0 {
			k.Revised++
		}
		if s.Null {
			k.Null++
		}
		if s.Assumed {
			k.Assumed++
		} else {
			k.Observed++
		}
	}
	for i := range r.Unchanged {
		f.kind(r.Unchanged[i].Kind).Unchanged++
	}
	if r.Behind > 0 {
		f.Behind = r.Behind.String()
	}
}

// plan adds calls that would be made.
func (f *fetchedSource) plan(list []signals.Request) {
	f.Asked++
	for _, r := range list {
		i := slices.IndexFunc(f.Plan, func(p plannedCall) bool { return p.Endpoint == r.Endpoint })
		if i < 0 {
			i = len(f.Plan)
			f.Plan = append(f.Plan, plannedCall{Endpoint: r.Endpoint, Kinds: []market.SignalKind{}})
		}
		p := &f.Plan[i]
		p.Calls += r.Calls
		f.Calls += r.Calls
		for _, k := range r.Kinds {
			if !slices.Contains(p.Kinds, k) {
				p.Kinds = append(p.Kinds, k)
			}
		}
	}
}

// tellBad lists rows that were left out.
func (r *fetchRun) tellBad(rep *intakeReport) {
	if len(rep.Bad) == 0 {
		return
	}
	r.bar.end()
	for _, err := range rep.Bad[:min(len(rep.Bad), shownRows)] {
		r.note("  %v", err)
	}
}

func (r *fetchRun) print(out *fetchedSignals) error {
	if r.format == "json" {
		return r.json(out)
	}
	for _, s := range out.Sources {
		if r.dry {
			r.printPlan(s)
		} else {
			r.printSource(s)
		}
	}
	return nil
}

func (f *fetchedSource) leftText() string {
	if f.CallsLeft == nil {
		return ""
	}
	if f.Kept > 0 {
		return fmt.Sprintf(", %d left, of which %d are kept for the schedules", *f.CallsLeft, f.Kept)
	}
	return fmt.Sprintf(", %d left", *f.CallsLeft)
}

func (r *fetchRun) printPlan(s *fetchedSource) {
	fmt.Fprintf(r.out, "signals.%s would make %s%s\n", s.Source, plural(s.Calls, "call"), s.leftText())
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	for _, p := range s.Plan {
		fmt.Fprintf(w, "  %s\t%d\t%s\n", p.Endpoint, p.Calls, joinKinds(p.Kinds))
	}
	_ = w.Flush()
	r.printNoPast(s)
	if s.Known > 0 {
		fmt.Fprintln(r.out, "  what was filled in before is not asked for again: --again does")
	}
	if s.CallsLeft != nil && s.Calls > *s.CallsLeft-s.Kept {
		fmt.Fprintf(r.out, "  that is more than it may make now: it would go on when the quota %s opens again\n", s.Quota)
	}
}

func joinKinds(list []market.SignalKind) (text string) {
	for i, k := range list {
		if i > 0 {
			text += ", "
		}
		text += string(k)
	}
	return text
}

func (r *fetchRun) printSource(s *fetchedSource) {
	fmt.Fprintf(r.out, "signals.%s: %s%s", s.Source, plural(s.Calls, "call"), s.leftText())
	switch {
	case s.Left > 0:
		fmt.Fprintf(r.out, "; %s not answered", plural(s.Left, "question"))
	case s.Asked == 0 && s.Known > 0:
		fmt.Fprint(r.out, "; all of it was filled in before: --again asks all the same")
	}
	fmt.Fprintln(r.out)
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	if len(s.Kinds) > 0 {
		fmt.Fprintln(w, "  KIND\tNEW\tUNCHANGED\tREVISED\tNULL\tOBSERVED\tASSUMED")
	}
	for _, k := range s.Kinds {
		fmt.Fprintf(w, "  %s\t%d\t%d\t%d\t%d\t%d\t%d\n", k.Kind, k.New, k.Unchanged, k.Revised, k.Null, k.Observed, k.Assumed)
	}
	_ = w.Flush()
	r.printNoPast(s)
	for _, l := range s.Lacking {
		fmt.Fprintf(r.out, "  nothing came for %s to %s of %s: it does not count as filled in\n", l.From, l.To, joinKinds(l.Kinds))
	}
	if s.Left > 0 && len(s.Lacking) > 0 {
		fmt.Fprintf(r.out, "  where nothing comes %d times in a row, what is older is not asked for: --to asks on from there\n", mostFailed)
	}
	if s.Outside > 0 {
		fmt.Fprintf(r.out, "  %s about other times than asked for: those do not count as filled in\n", plural(s.Outside, "row"))
	}
	if s.Bad > 0 {
		fmt.Fprintf(r.out, "  %s left out\n", plural(s.Bad, "bad row"))
	}
	if s.Behind != "" {
		fmt.Fprintf(r.out, "  the clock is %s behind what the source said last: rows count as known from then on\n", s.Behind)
	}
}

func (r *fetchRun) printNoPast(s *fetchedSource) {
	if len(s.NoPast) > 0 {
		fmt.Fprintf(r.out, "  of these it tells only what is now: %s\n", joinKinds(s.NoPast))
	}
}

// made returns how many calls this command has made to the provider of a source, and notes
// how many remain.
func (r *fetchRun) made(t *config.Source, out *fetchedSource) (int, error) {
	calls, err := r.ledger()
	if err != nil {
		return 0, err
	}
	calls.Limit(out.Quota, r.cfg.Limits(t.Quota))
	left, err := calls.Left(out.Quota, time.Now())
	if n, limited := left.Least(); limited && err == nil {
		out.CallsLeft = &n
	}
	return calls.Made(out.Quota), err
}

// kept notes how many of the calls that are left are not for what fills in the past.
func (r *fetchRun) kept(out *fetchedSource) error {
	if r.from == 0 || out.CallsLeft == nil {
		return nil
	}
	calls, err := r.ledger()
	if err != nil {
		return err
	}
	calls.Keep(out.Quota, r.needs(r.cfg, out.Quota))
	spare, limited, err := calls.Spare(out.Quota, signals.Past, time.Now())
	if limited {
		out.Kept = *out.CallsLeft - min(*out.CallsLeft, spare)
	}
	return err
}
