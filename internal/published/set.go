package published

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A Kind says what the rows of a file are. It is a directory of the archive.
type Kind string

// The kinds that the archive has, of those that can be used.
const (
	Candles  Kind = "klines"
	Trades   Kind = "aggTrades"
	Fundings Kind = "fundingRate" // of futures only
)

// A Set is what belongs together in the archive.
type Set struct {
	Futures  bool // USD-M futures, rather than spot
	Kind     Kind
	Symbol   string          // as the venue writes it: BTCUSDT
	Interval market.Interval // of candles; 0 for the other kinds
}

// intervals are the lengths of candles that are published.
var intervals = strings.Fields("1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w")

var symbolName = regexp.MustCompile(`^[A-Z0-9_]{2,40}$`)

// Validate reports what of s is not published. Errors are of class [market.Usage].
func (s Set) Validate() error {
	var err error
	switch {
	case !symbolName.MatchString(s.Symbol):
		err = fmt.Errorf("symbol %q: files are named by symbols such as BTCUSDT", s.Symbol)
	case s.Kind != Candles && s.Kind != Trades && s.Kind != Fundings:
		err = fmt.Errorf("files of %q are not used", s.Kind)
	case s.Kind == Fundings && !s.Futures:
		err = errors.New("fundings are of futures, not of spot")
	case s.Kind == Candles && !slices.Contains(intervals, s.Interval.String()):
		err = fmt.Errorf("candles of %q are not published; those of %s are", s.Interval, strings.Join(intervals, ", "))
	case s.Kind != Candles && s.Interval != 0:
		err = fmt.Errorf("files of %s have no interval", s.Kind)
	}
	if err != nil {
		return &market.Error{Class: market.Usage, Err: err}
	}
	return nil
}

// MonthlyOnly reports whether s is not published by the day.
func (s Set) MonthlyOnly() bool { return s.Kind == Fundings || s.Interval > market.Daily }

// A File is one file of a set: a month of UTC, or a day.
type File struct {
	Set
	From, To market.Time // the time that it holds, without To
	Monthly  bool
}

// maxFiles is how many files a cover has at most: more than the days since 1970.
const maxFiles = 100_000

// Cover lists the files that hold [from, to) as far as they can be there now, in order of
// time: whole months as one, what is left by the day, and by the month all that is not
// published by the day. The first and the last may hold more than was asked for.
func (s Set) Cover(from, to, now market.Time) []File {
	if from < 0 {
		from = 0
	}
	end := min(to, now-now%market.Day) // of the last whole day
	var list []File
	for at := from - from%market.Day; at < end && len(list) < maxFiles; at = list[len(list)-1].To {
		month := s.month(at)
		switch whole := month.From >= from && month.To <= end; {
		case s.MonthlyOnly() || whole:
			list = append(list, month)
		default:
			list = append(list, File{Set: s, From: at, To: at + market.Day})
		}
	}
	return list
}

// month returns the file of the month that t lies in.
func (s Set) month(t market.Time) File {
	u := t.UTC()
	first := time.Date(u.Year(), u.Month(), 1, 0, 0, 0, 0, time.UTC)
	return File{Set: s, From: market.TimeOf(first), To: market.TimeOf(first.AddDate(0, 1, 0)), Monthly: true}
}

// Month returns the file of the month that f lies in.
func (f File) Month() File { return f.month(f.From) }

// Days lists the files of the days of a month; none where there are no such files.
func (f File) Days() (list []File) {
	if !f.Monthly || f.MonthlyOnly() {
		return nil
	}
	for at := f.From; at < f.To; at += market.Day {
		list = append(list, File{Set: f.Set, From: at, To: at + market.Day})
	}
	return list
}

// Name returns the name of the file: BTCUSDT-1m-2024-01.zip.
func (f File) Name() string {
	what, layout := string(f.Kind), time.DateOnly
	if f.Kind == Candles {
		what = f.Interval.String()
	}
	if f.Monthly {
		layout = "2006-01"
	}
	return f.Symbol + "-" + what + "-" + f.From.UTC().Format(layout) + ".zip"
}

// Path returns where the file lies below the root, with slashes.
func (f File) Path() string {
	parts := []string{"data", "spot", "daily", string(f.Kind), f.Symbol}
	if f.Futures {
		parts[1] = "futures/um"
	}
	if f.Monthly {
		parts[2] = "monthly"
	}
	if f.Kind == Candles {
		parts = append(parts, f.Interval.String())
	}
	return strings.Join(append(parts, f.Name()), "/")
}
