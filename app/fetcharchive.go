package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/fetch"
	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// fetchedArchive says what came of the files of one series.
type fetchedArchive struct {
	Venue      string     `json:"venue"`
	Symbol     string     `json:"symbol"`
	Series     string     `json:"series"` // an interval, trades or fundings
	Files      int        `json:"files"`
	Stored     int        `json:"files_stored"`
	Missing    []string   `json:"files_missing"`
	Unverified int        `json:"files_unverified"`
	Rows       int        `json:"rows"`
	Added      int        `json:"added"`
	Same       int        `json:"unchanged"`
	Restated   int        `json:"restated"`
	Changes    []restated `json:"changes,omitempty"` // the first bars that were restated

	ChangedFundings []restatedFunding `json:"changed_fundings,omitempty"`

	From      market.Time  `json:"from,omitzero"` // the time of the files
	To        market.Time  `json:"to,omitzero"`
	Gaps      int          `json:"gaps"` // that are left in it
	Lacking   int64        `json:"missing"`
	GapsFound []fetchedGap `json:"gap_list,omitempty"`
}

// fetchArchive fetches from the files that the venue publishes, or from a directory of
// them.
func (c *command) fetchArchive(ctx context.Context, p *fetchPlan) error {
	if p.wants("instruments") {
		return usageError("fetch them without --archive, or import a saved answer with 'signalman data instruments import'", "the archive has no instruments")
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	w := &archiveProgress{line: newProgress(c.err)}
	source, err := p.source(dir, w)
	if err != nil {
		return err
	}
	if p.seen, err = fetch.OpenImported(filepath.Join(dir, "published", "imported")); err != nil {
		return err
	}
	done := []fetchedArchive{}
	for _, set := range p.sets() {
		one, e := c.fetchSet(ctx, p, source, set, dir, w)
		err = errors.Join(err, e)
		if one.Files+one.Stored > 0 || e == nil {
			done = append(done, one)
			if c.format == "text" {
				c.printFetchedFiles(one)
			}
		}
		if e != nil && !errors.Is(e, fetch.ErrNothing) { // the other sets may be there
			break
		}
	}
	if c.format == "json" {
		err = errors.Join(c.json(done), err)
	}
	return err
}

// source opens the archive: an address, or else a directory.
func (p *fetchPlan) source(dir string, w *archiveProgress) (published.Archive, error) {
	if !strings.Contains(p.archive, "://") {
		return &published.Dir{Path: p.archive, NoChecksum: p.noChecksum}, nil
	}
	site, err := published.NewSite(p.archive, filepath.Join(dir, "published"))
	if err != nil {
		return nil, err
	}
	site.NoChecksum, site.Read = p.noChecksum, w.read
	return site, nil
}

// sets lists what is asked for.
func (p *fetchPlan) sets() (list []published.Set) {
	for _, symbol := range p.symbols {
		set := published.Set{Futures: p.usdm, Symbol: symbol}
		if p.wants("bars") {
			for _, d := range p.intervals {
				set.Kind, set.Interval = published.Candles, d
				list = append(list, set)
			}
		}
		set.Interval = 0
		if p.wants("trades") {
			set.Kind = published.Trades
			list = append(list, set)
		}
		if p.wants("funding") {
			set.Kind = published.Fundings
			list = append(list, set)
		}
	}
	return list
}

func (c *command) fetchSet(ctx context.Context, p *fetchPlan, source published.Archive, set published.Set, dir string, w *archiveProgress) (fetchedArchive, error) {
	a := &fetch.Archive{
		Source: source, Set: set, Venue: p.venue, Start: p.from, End: p.to, Now: market.TimeOf(time.Now()), Resync: p.resync,
		Open: c.patientStore, Temp: dir, Told: w.told, Behind: p.from == 0, Seen: p.seen,
	}
	if a.End == 0 {
		a.End = a.Now
	}
	one := fetchedArchive{Venue: a.Venue, Symbol: set.Symbol, Series: a.Series().Interval.String(), Missing: []string{}}
	if set.Kind == published.Fundings {
		one.Series = "fundings"
	}
	if a.Start == 0 {
		start, err := c.storedEnd(a)
		if err != nil {
			return one, err
		}
		a.Start = start
	}
	w.begin(one.Symbol + " " + one.Series)
	r, err := a.Run(ctx)
	w.line.end()
	one.Files, one.Stored, one.Missing = r.Files, r.Stored, append(one.Missing, r.Missing...)
	one.Unverified, one.Rows = r.Unverified, r.Rows
	one.Added, one.Same, one.Restated = r.Put.Added, r.Put.Unchanged, r.Put.Restated
	one.Changes = restatedBars(r.Put.Changes)
	one.ChangedFundings = restatedFundings(r.Put.Fundings)
	one.From, one.To = r.Look.From, r.Look.To
	one.Gaps, one.Lacking, one.GapsFound = r.Look.GapCount, r.Look.Missing, gapList(r.Look.Gaps)
	return one, err
}

// storedEnd returns where what is stored ends.
func (c *command) storedEnd(a *fetch.Archive) (market.Time, error) {
	first := usageError("say where to start with --from 2024-01-01", "nothing is stored of %s yet", a.Set.Symbol)
	db, err := c.openStore(false)
	if errors.Is(err, store.ErrMissing) {
		return 0, first
	}
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if a.Set.Kind == published.Fundings {
		rows, err := db.Fundings(a.Venue, a.Set.Symbol, 0, 0)
		if err != nil || len(rows) == 0 {
			return 0, errors.Join(err, first)
		}
		return rows[len(rows)-1].Time, nil
	}
	if _, err := findSeries(db, a.Venue, a.Set.Symbol, a.Series().Interval); err != nil {
		return 0, first
	}
	st, err := db.Stats(a.Series())
	return st.Last + market.Time(a.Series().Interval), err
}

// shownMissing is how many files that are not there are shown as text.
const shownMissing = 5

func (c *command) printFetchedFiles(f fetchedArchive) {
	if f.Files+f.Stored+len(f.Missing) == 0 {
		fmt.Fprintf(c.out, "%s %s %s: nothing to fetch yet: a day is published on the next one\n", f.Venue, f.Symbol, f.Series)
		return
	}
	fmt.Fprintf(c.out, "%s %s %s: %s, %s: %d new, %d unchanged, %d restated", f.Venue, f.Symbol, f.Series, plural(f.Files, "file"), plural(f.Rows, "row"), f.Added, f.Same, f.Restated)
	if f.Stored > 0 {
		fmt.Fprintf(c.out, "; %d stored already", f.Stored)
	}
	if f.Unverified > 0 {
		fmt.Fprintf(c.out, "; %d without a checksum", f.Unverified)
	}
	if len(f.Missing) > 0 {
		fmt.Fprintf(c.out, "; %d not published", len(f.Missing))
	}
	if f.Gaps > 0 {
		fmt.Fprintf(c.out, "; %s, %d missing", plural(f.Gaps, "gap"), f.Lacking)
	}
	fmt.Fprintln(c.out)
	for n, m := range f.Missing {
		if n == shownMissing {
			c.note("  and %d more; --format json lists all", len(f.Missing)-n)
			break
		}
		c.note("  not there: %s", m)
	}
	for _, r := range f.Changes[:min(len(f.Changes), shownRows)] {
		fmt.Fprintf(c.out, "  %s restated:%s\n", r.Time, r.changes())
	}
	c.showFundings(f.ChangedFundings)
	if f.Restated > shownRows {
		c.note("  not all are shown: --format json lists a thousand")
	}
}

// archiveProgress says how far the files of a set are.
type archiveProgress struct {
	line  *progress
	what  string
	files int // that are through
	left  int
	bytes int64 // that came over the network
}

// begin starts with the files of another series.
func (w *archiveProgress) begin(what string) { *w = archiveProgress{line: w.line, what: what} }

// read counts what came over the network.
func (w *archiveProgress) read(n int) {
	w.bytes += int64(n)
	w.show()
}

// told counts a file.
func (w *archiveProgress) told(_ published.File, left int) {
	w.files++
	w.left = left
	w.show()
}

func (w *archiveProgress) show() {
	w.line.more = w.more()
	w.line.tell(w.what, w.done())
}

// done is the share of the files that are through.
func (w *archiveProgress) done() float64 {
	if w.files == 0 {
		return 0
	}
	return float64(w.files) / float64(w.files+w.left)
}

// more says how much that was.
func (w *archiveProgress) more() string {
	text := ""
	if w.files > 0 {
		text = fmt.Sprintf(", %d of %s", w.files, plural(w.files+w.left, "file"))
	}
	if w.bytes > 0 {
		text += fmt.Sprintf(", %.1f MB", float64(w.bytes)/1e6)
	}
	return text
}
