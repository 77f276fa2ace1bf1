package barfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signalman-trading/signalman/market"
)

// SignalOptions says how to read a file of signals, and what its rows do not say.
type SignalOptions struct {
	Name    string            // what errors call the input; ReadSignalsFile uses the path
	Source  string            // of rows that name none
	Kind    market.SignalKind // of rows that name none
	Subject market.Subject    // of rows that name none
	Lag     *market.Duration  // Known is Effective + Lag, assumed, in rows that have no known; nil refuses them
	SkipBad bool              // leave bad rows out and list them, instead of ending at the first
}

// A SignalResult is what a file of signals held.
type SignalResult struct {
	Signals  []market.Signal // in the order of the file; about no instrument yet
	Bad      []*market.Error // the rows that were left out, by line, MaxBad at most
	BadCount int             // how many rows were left out in all
}

// The columns of a file of signals. Their order is free.
const (
	colSource = iota
	colKind
	colSubject
	colEffective
	colKnown
	colValue
	colRevision
	colAssumed
	colRaw
	signalColumns
)

var signalNames = [signalColumns]string{"source", "kind", "subject", "effective", "known", "value", "revision", "assumed", "raw"}

var signalHint = "the columns are " + strings.Join(signalNames[:], ", ")

// signalColumn returns the index of a column, or an error that names them all.
func signalColumn(name string) (int, *fault) {
	for i, n := range signalNames {
		if n == name {
			return i, nil
		}
	}
	return 0, faultf(signalHint, "column %s is unknown", quote(name))
}

// ReadSignals reads signals to the end of r: CSV with a header, or JSON lines,
// compressed or not. Times are RFC 3339, dates, or milliseconds since 1970. An empty
// value or null is a row without value; an empty known is filled in by the lag. The
// result is never nil, and holds the rows above the one that the error names. Errors
// are [market.Error]s.
func ReadSignals(r io.Reader, o SignalOptions) (*SignalResult, error) {
	return readSignals(fromReader(r, o.Name), o)
}

// ReadSignalsFile reads the signals of a file; see [ReadSignals].
func ReadSignalsFile(path string, o SignalOptions) (*SignalResult, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return &SignalResult{}, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return readSignals(s, o)
}

func readSignals(s source, o SignalOptions) (*SignalResult, error) {
	p := &signalParser{options: o, rejects: rejects{name: s.name, skip: o.SkipBad}}
	in, f := s.open()
	if f != nil {
		return &SignalResult{}, p.at(0, f)
	}
	defer in.close()
	err := p.parse(newBlocks(in))
	return &SignalResult{p.out, p.sorted(), p.count}, err
}

// A signalRow holds the text of a row by column; absent ones are empty.
type signalRow struct {
	text [signalColumns]string
	set  [signalColumns]bool
}

// A signalParser turns the lines of one file into signals.
type signalParser struct {
	rejects
	options SignalOptions
	row     func(line []byte) (*signalRow, *fault) // nil until the first line
	order   []int                                  // columns of a CSV file
	line    int
	out     []market.Signal
}

const maxSignals = 50_000_000

func (p *signalParser) parse(in *blocks) error {
	damage, err := in.lines(&p.line, func(line []byte) error { return p.take(bytes.TrimSpace(line)) })
	switch {
	case damage != nil:
		return p.at(p.line+1, damage)
	case err != nil:
		return err
	}
	return p.checkAny()
}

func (p *signalParser) checkAny() error {
	if p.row == nil {
		return p.at(0, faultf(signalHint, "there are no signals"))
	}
	return nil
}

// take reads one line. Blank lines are nothing.
func (p *signalParser) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	if p.row == nil && line[0] != '{' {
		p.row = p.csvRow
		if f := p.header(line); f != nil {
			return p.at(p.line, f)
		}
		return nil
	}
	if p.row == nil {
		p.row = jsonRow
	}
	s, f := p.signal(line)
	if f != nil {
		return p.add(p.line, f)
	}
	if len(p.out) >= maxSignals {
		return p.at(p.line, faultf("split it", "the file has more than %d rows", maxSignals))
	}
	p.out = append(p.out, s)
	return nil
}

// signal makes a signal of a line.
func (p *signalParser) signal(line []byte) (s market.Signal, f *fault) {
	if len(line) > maxLine {
		return s, faultf("", "the line has %d bytes where %d is the most", len(line), maxLine)
	}
	row, f := p.row(line)
	if f != nil {
		return s, f
	}
	s = market.Signal{
		Source:     or(row.text[colSource], p.options.Source),
		Kind:       market.SignalKind(or(row.text[colKind], string(p.options.Kind))),
		Subject:    market.Subject(or(row.text[colSubject], string(p.options.Subject))),
		Instrument: market.NoInstrument,
	}
	for _, set := range [...]func(*market.Signal, *signalRow) *fault{p.names, setEffective, p.setKnown, setValue, setRevision, setRaw} {
		if f := set(&s, row); f != nil {
			return s, f
		}
	}
	if err := s.Validate(); err != nil {
		return s, &fault{err: err}
	}
	return s, nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// names checks what a signal is called.
func (p *signalParser) names(s *market.Signal, _ *signalRow) *fault {
	for i, name := range [...]string{s.Source, string(s.Kind), string(s.Subject)} {
		if name == "" {
			return faultf("add the column, or name the "+signalNames[i]+" for the whole file", "%s is empty", signalNames[i])
		}
		if err := checkName(name); err != nil {
			return faultf("", "%s %w", signalNames[i], err)
		}
	}
	return nil
}

// checkName reports what keeps a name out of a file.
func checkName(name string) error {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) != name {
		return fmt.Errorf("%s holds control characters or outer spaces, or is not UTF-8", quote(name))
	}
	return nil
}

func setEffective(s *market.Signal, row *signalRow) (f *fault) {
	if row.text[colEffective] == "" {
		return faultf("say what time the value is about", "effective is empty")
	}
	s.Effective, f = signalTime("effective", row.text[colEffective])
	return f
}

// setKnown reads when a row was known, or assumes it.
func (p *signalParser) setKnown(s *market.Signal, row *signalRow) (f *fault) {
	switch row.text[colAssumed] {
	case "", "false":
	case "true":
		s.Assumed = true
	default:
		return faultf("write true or false", "assumed %s is neither", quote(row.text[colAssumed]))
	}
	if text := row.text[colKnown]; text != "" {
		s.Known, f = signalTime("known", text)
		return f
	}
	if p.options.Lag == nil || *p.options.Lag < 0 {
		return faultf("record when each row was known, or set a lag after effective from which it may be used", "known is empty and no lag is set")
	}
	s.Known, s.Assumed = s.Effective+market.Time(*p.options.Lag), true
	if s.Known > endOfTimes || s.Known < s.Effective {
		return faultf("shorten the lag", "effective %s plus the lag is after the year 2200", s.Effective)
	}
	return nil
}

const (
	endOfTimes = market.Time(lastSecond)*1e9 + 999_999_999
	timeHint   = "write RFC 3339 (2021-01-31T00:00:00Z), a date, or milliseconds since 1970"
)

// signalTime reads a time in one of the three forms. A count too small for
// milliseconds is refused rather than taken for a time in 1970.
func signalTime(name, text string) (market.Time, *fault) {
	t, hint := market.Time(0), timeHint
	if v, err := strconv.ParseUint(text, 10, 63); err == nil {
		switch {
		case v < secondsEnd:
			hint = "it looks like seconds: " + hint
		case v >= millisEnd:
			hint = "it looks like microseconds: " + hint
		default:
			t = market.Millis(int64(v))
		}
	} else if t, err = market.ParseTime(text); errors.Is(err, market.ErrFarTime) {
		t = 0
	} else if err != nil {
		return 0, faultf(timeHint, "%s %s is not a time", name, quote(text))
	}
	if t <= 0 || t > endOfTimes {
		return 0, faultf(hint, "%s %s is outside the years 1970 to 2200", name, quote(text))
	}
	return t, nil
}

func setValue(s *market.Signal, row *signalRow) *fault {
	if !row.set[colValue] {
		return faultf("leave it empty, or null, where the source had none", "value is missing")
	}
	text := row.text[colValue]
	if s.Null = text == "" || text == "null"; s.Null {
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if strings.Trim(text, "0123456789+-.eE") != "" || err != nil || math.IsInf(x, 0) {
		return faultf("leave it empty, or null, where the source had none", "value %s is not a number", quote(text))
	}
	if x != 0 { // never -0
		s.Value = x
	}
	return nil
}

func setRevision(s *market.Signal, row *signalRow) *fault {
	text := row.text[colRevision]
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 30)
	if err != nil {
		return faultf("", "revision %s is not a whole number from 0 to 2^30", quote(text))
	}
	s.Revision = int(n)
	return nil
}

func setRaw(s *market.Signal, row *signalRow) *fault {
	text := row.text[colRaw]
	if text == "" {
		return nil
	}
	if b, err := hex.DecodeString(text); err != nil || len(b) != len(s.Raw) {
		return faultf("leave it empty where there is no raw answer", "raw %s is not a SHA-256 of 64 hex digits", quote(text))
	} else {
		copy(s.Raw[:], b)
	}
	return nil
}
