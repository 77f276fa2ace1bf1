package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// An importJob is a file to import, and as what. The interval may still be 0.
type importJob struct {
	path   string
	kind   string
	series store.Series
}

// A leftOut is a file that was not stored: one of a directory that was passed over, or
// one with an error.
type leftOut struct {
	File       string `json:"file"`
	PassedOver string `json:"passed_over,omitempty"` // why
	Error      string `json:"error,omitempty"`
}

// An importPlan is what an import has to do.
type importPlan struct {
	jobs   []importJob
	passed []leftOut // files of directories
}

// planImport finds the files to import, those of directories too.
func (c *command) planImport(args []string, f *importFlags) (*importPlan, error) {
	if len(args) == 0 {
		return nil, usageError("see 'signalman data import --help'", "no file to import")
	}
	if !slices.Contains([]string{"", kindBars, kindTrades, kindFunding}, f.kind) {
		return nil, usageError("", "--kind %q is none of bars, trades and funding", f.kind)
	}
	p := &importPlan{}
	futures := map[store.Series]bool{}
	for _, arg := range args {
		paths, err := c.filesOf(arg, f, p)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			j, err := f.job(path)
			if err != nil {
				return nil, err
			}
			future := nameOf(path).futures
			if before, known := futures[j.series]; known && before != future && j.kind == kindBars {
				return nil, usageError("import them one after the other, each with its --venue", "%s: spot and futures of %s would become one series", path, j.series)
			}
			futures[j.series] = future
			p.jobs = append(p.jobs, j)
		}
	}
	return p, nil
}

// filesOf returns a file, or the files of a directory whose names say what they hold.
func (c *command) filesOf(arg string, f *importFlags, p *importPlan) (paths []string, err error) {
	info, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &market.Error{Class: market.Data, Where: arg, Err: errors.New("cannot open: no such file or directory"), Hint: "check the path"}
	}
	if err != nil || !info.IsDir() {
		return []string{arg}, nil
	}
	before := len(p.passed)
	err = filepath.WalkDir(arg+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := nameOf(path)
		if why := passOver(path, name); why != "" {
			p.passed = append(p.passed, leftOut{File: path, PassedOver: why})
		} else if f.chooses(name) {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, &market.Error{Class: market.Data, Where: arg, Err: err}
	}
	c.notePassed(arg, p.passed[before:])
	if len(paths) == 0 {
		return nil, &market.Error{Class: market.Data, Where: arg, Err: errors.New("no file here has a name that says that it holds what is asked for"), Hint: "name the files themselves, with --symbol and --interval"}
	}
	return paths, nil
}

// passOver says why a file of a directory is not to be imported, or "".
func passOver(path string, name fileName) string {
	switch {
	case unwanted[name.kind].why != "":
		return unwanted[name.kind].why
	case name.symbol == "" || !dataName.MatchString(path):
		return "its name does not say that it holds candles, trades or fundings"
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "it is not an ordinary file" // reading it may never end
	}
	return ""
}

// shownPassed bounds the files that are listed as passed over.
const shownPassed = 10

// notePassed lists the files of a directory that are passed over.
func (c *command) notePassed(dir string, passed []leftOut) {
	if len(passed) == 0 {
		return
	}
	c.note("%s: %s passed over", dir, plural(len(passed), "file"))
	for _, p := range passed[:min(len(passed), shownPassed)] {
		c.note("  %s: %s", p.File, p.PassedOver)
	}
	if more := len(passed) - shownPassed; more > 0 {
		c.note("  and %d more; --format json lists all", more)
	}
}

// chooses reports whether a file of a directory is one that the flags ask for.
func (f *importFlags) chooses(name fileName) bool {
	asked := func(flag, says string) bool { return flag == "" || says == "" || flag == says }
	return asked(f.symbol, name.symbol) && asked(f.interval, name.interval) && asked(f.kind, name.kind)
}

// job says as what a file is to be imported.
func (f *importFlags) job(path string) (importJob, error) {
	name := nameOf(path)
	j := importJob{path: path, kind: kindBars}
	if f.kind != "" {
		j.kind = f.kind
	} else if no := unwanted[name.kind]; no.why != "" {
		return j, usageError(no.hint, "%s: %s", path, no.why)
	} else if name.kind != "" {
		j.kind = name.kind
	}
	var err error
	if j.series, err = f.series(path); err != nil {
		return j, err
	}
	switch {
	case f.venue == "":
		j.series.Venue = name.venue
	case j.series.Venue == "binance" && (name.futures || j.kind == kindFunding):
		j.series.Venue = perpetuals
	case j.series.Venue == perpetuals && name.venue == "binance":
		return j, usageError("leave --venue out: the folders say it", "%s is of Binance's spot market, not of %s", path, perpetuals)
	}
	if err := checkName(j.series); err != nil {
		return j, err
	}
	switch j.kind {
	case kindTrades:
		j.series.Interval = market.Trades
	case kindFunding:
		j.series.Interval = 0
	}
	return j, nil
}

// checkName refuses names that cannot be stored, or not be shown.
func checkName(s store.Series) error {
	for _, name := range []string{s.Venue, s.Symbol} {
		if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }) {
			return usageError("use letters, digits, - and _", "%q is no name of a venue or a symbol", name)
		}
	}
	if err := plainSymbol(s.Symbol); err != nil {
		return err
	}
	s.Interval = market.Trades // any
	if err := s.Validate(); err != nil {
		return usageError("", "%w", err)
	}
	return nil
}
