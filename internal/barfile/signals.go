package barfile

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// SignalOptions says how to read a file of signals, and what its rows do not say.
type SignalOptions struct {
	Name    string            // what errors call the input; files use their path
	Source  string            // of rows that name none
	Kind    market.SignalKind // of rows that name none
	Subject market.Subject    // of rows that name none
	Lag     *market.Duration  // Known is Effective + Lag, assumed, in rows that have no known; nil refuses them
	Columns *SignalColumns    // what the columns of a foreign file are; nil is our own columns, or a layout known by its header
	SkipBad bool              // leave bad rows out and list them, instead of ending at the first

	// Stored, where it is set, finds the row that is stored already for the same source,
	// kind, subject, Known, Effective and revision. One that contradicts it is bad.
	Stored func(*market.Signal) (row market.Signal, found bool)
}

// What an error about signals is to errors.Is.
var (
	ErrSignalRow = errors.New("a row of signals is bad")       // SkipBad leaves it out
	ErrUnsaid    = errors.New("neither file nor options said") // Columns or the other options can say it
)

// A SignalSummary says what a file of signals held.
type SignalSummary struct {
	Layout      string          // the name of the layout that the header was known by, or empty
	Lag         market.Duration // that the layout gave to rows without a known time, where the options did not
	Rows        int             // signals, each once; a line may hold several
	Repeated    int             // signals that repeat one further up, word for word
	Observed    int             // by how Known was known
	Assumed     int
	Null        int
	First, Last market.Time     // of Effective
	Bad         []*market.Error // the lines that were left out, MaxBad at most
	BadCount    int             // how many lines were left out in all
}

// A SignalResult is what a file of signals held, with its rows.
type SignalResult struct {
	Signals []market.Signal // in the order of the file; about no instrument yet
	SignalSummary
}

// ReadSignals reads signals to the end of r: CSV with a header, or JSON lines,
// compressed or not. Times are RFC 3339, dates, or seconds, milliseconds or microseconds
// since 1970. An empty value or null is a row without value; an empty known is filled in
// by the lag. A row that repeats another is left out; one that says something else about
// the same is an error, or is left out as bad. The result is never nil, and holds the rows
// above the one that the error names. Errors are [market.Error]s.
func ReadSignals(r io.Reader, o SignalOptions) (*SignalResult, error) {
	result := &SignalResult{}
	sum, err := scanSignals(fromReader(r, o.Name), o, result.collect)
	result.SignalSummary = *sum
	return result, err
}

// ReadSignalsFile reads the signals of a file; see [ReadSignals].
func ReadSignalsFile(path string, o SignalOptions) (*SignalResult, error) {
	result := &SignalResult{}
	sum, err := ScanSignalsFile(path, o, result.collect)
	result.SignalSummary = *sum
	return result, err
}

func (r *SignalResult) collect(rows []market.Signal) error {
	r.Signals = append(r.Signals, rows...)
	return nil
}

// ScanSignalsFile reads the signals of a file as [ReadSignals] does, and hands them on in
// the order of the file, some thousands at a time: emit may keep none of them. It ends with
// the first error of emit. The summary is never nil.
func ScanSignalsFile(path string, o SignalOptions, emit func([]market.Signal) error) (*SignalSummary, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return &SignalSummary{}, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return scanSignals(s, o, emit)
}

func scanSignals(s source, o SignalOptions, emit func([]market.Signal) error) (*SignalSummary, error) {
	p := &signalParser{options: o, rejects: rejects{name: s.name, skip: o.SkipBad}, emit: emit, feeds: map[feedName]int32{}, seen: map[signalKey]signalSeen{}}
	in, f := s.open()
	if f != nil {
		return &p.sum, p.at(0, f)
	}
	defer in.close()
	err := p.parse(newBlocks(in))
	if len(p.out) > 0 {
		if e := emit(p.out); err == nil {
			err = e
		}
	}
	p.sum.Bad, p.sum.BadCount = p.sorted(), p.count
	return &p.sum, err
}

// Limits on files of signals.
const (
	maxSignals  = 5_000_000 // rows, each of which is remembered to find what contradicts it
	signalChunk = 4096      // rows handed on at once
	maxSignal   = 64 << 10  // bytes of a line: texts may stand beside the values
)

// A signalParser turns the lines of one file into signals.
type signalParser struct {
	rejects
	options SignalOptions
	plan    *signalPlan // nil until the first line
	json    bool
	line    int
	out     []market.Signal
	emit    func([]market.Signal) error
	feeds   map[feedName]int32
	names   []feedName // the keys of feeds, by their numbers
	seen    map[signalKey]signalSeen
	sum     SignalSummary
}

type feedName struct {
	source  string
	kind    market.SignalKind
	subject market.Subject
}

// A signalKey is what a row is about: rows are told apart by it (semantics S1).
type signalKey struct {
	effective, known market.Time
	feed, revision   int32
}

// signalSeen is what a row said, and where.
type signalSeen struct {
	value         float64
	null, assumed bool
	line          int32
}

func (p *signalParser) parse(in *blocks) error {
	damage, err := in.lines(&p.line, func(line []byte) error { return p.take(bytes.TrimSpace(line)) })
	switch {
	case damage != nil:
		return p.at(p.line+1, damage)
	case err != nil:
		return err
	case p.plan == nil:
		return p.at(0, faultf(signalHint, "there are no signals"))
	case p.sum.Rows == 0 && p.count == 0:
		return p.at(0, faultf("add rows below it", "there are no signals: the file is a header alone"))
	}
	return nil
}

// take reads one line. Blank lines are nothing.
func (p *signalParser) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	if p.plan == nil {
		if line[0] == '[' {
			return p.at(p.line, faultf("write one object a line, as jq -c '.[]' does", "the file is a JSON array"))
		}
		if p.json = line[0] == '{'; !p.json {
			return p.header(line)
		}
		if f := p.keys(); f != nil {
			return p.at(0, f)
		}
	}
	if f := p.signals(line); f != nil {
		if f.fatal {
			return p.at(p.line, f)
		}
		return p.add(p.line, f.as(ErrSignalRow))
	}
	if len(p.out) < signalChunk {
		return nil
	}
	rows := p.out
	p.out = p.out[:0]
	return p.emit(rows)
}

// tally counts a signal that is kept.
func (p *signalParser) tally(s *market.Signal) {
	n := &p.sum
	if n.Rows++; n.Rows == 1 {
		n.First, n.Last = s.Effective, s.Effective
	}
	n.First, n.Last = min(n.First, s.Effective), max(n.Last, s.Effective)
	if s.Null {
		n.Null++
	}
	if !s.Assumed {
		n.Observed++
		return
	}
	n.Assumed++
}

// signals appends the signals of a line that are news. A line counts whole: where one of
// its values is bad, none of them was said.
func (p *signalParser) signals(line []byte) *fault {
	if len(line) > maxSignal {
		return faultf("", "the line has %d bytes where %d is the most", len(line), maxSignal)
	}
	row, f := p.row(line)
	if f != nil {
		return f
	}
	before := len(p.out)
	for i := 0; i < len(p.plan.values) && f == nil; i++ {
		f = p.value(row, &p.plan.values[i])
	}
	if f != nil {
		for i := range p.out[before:] {
			delete(p.seen, p.key(&p.out[before+i]))
		}
		p.out = p.out[:before]
		return f
	}
	for i := range p.out[before:] {
		p.tally(&p.out[before+i])
	}
	p.sum.Repeated += len(p.plan.values) - (len(p.out) - before)
	return nil
}

// value appends one signal of a row, unless it repeats another.
func (p *signalParser) value(row *signalRow, v *signalValue) *fault {
	s, f := p.signal(row, v)
	if f != nil {
		return f
	}
	fresh, f := p.news(&s)
	if fresh {
		p.out = append(p.out, s)
	}
	return f
}

func (p *signalParser) row(line []byte) (*signalRow, *fault) {
	if p.json {
		return p.plan.jsonRow(line)
	}
	return p.plan.csvRow(line)
}

// signal makes one signal of a row.
func (p *signalParser) signal(row *signalRow, v *signalValue) (s market.Signal, f *fault) {
	s = market.Signal{
		Source:     or(row.get(colSource), p.options.Source),
		Kind:       market.SignalKind(or(v.kind, or(row.get(colKind), string(p.options.Kind)))),
		Subject:    market.Subject(or(row.get(colSubject), string(p.options.Subject))),
		Instrument: market.NoInstrument,
	}
	for _, set := range [...]func(*market.Signal, *signalRow) *fault{p.checkNames, setEffective, p.setKnown, v.set, setRevision, setRaw} {
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

// news reports whether a signal says something new, and remembers it. Two that say
// different things of the same cannot both be true (semantics S1): which came later, the
// file does not say.
func (p *signalParser) news(s *market.Signal) (bool, *fault) {
	key := p.key(s)
	if said, found := p.seen[key]; found {
		old := market.Signal{Value: said.value, Null: said.null, Assumed: said.assumed}
		if !s.Contradicts(&old) {
			return false, nil
		}
		return false, faultf("keep the one that is right; if the second corrects the first, give it a higher revision or a later known time",
			"%s of %s for %s is %s here and %s on line %d", s.Kind, s.Subject, s.Effective, s.Unlike(&old), old.Unlike(s), said.line)
	}
	if p.options.Stored != nil {
		if old, found := p.options.Stored(s); found && s.Contradicts(&old) {
			return false, faultf("a row never changes: give the changed one a higher revision or a later known time",
				"%s of %s for %s is %s here and %s in the store", s.Kind, s.Subject, s.Effective, s.Unlike(&old), old.Unlike(s))
		}
	}
	if len(p.seen) >= maxSignals {
		f := faultf("split it", "the file has more than %d rows", maxSignals)
		f.fatal = true
		return false, f
	}
	p.seen[key] = signalSeen{s.Value, s.Null, s.Assumed, int32(p.line)}
	return true, nil
}

func (p *signalParser) key(s *market.Signal) signalKey {
	return signalKey{s.Effective, s.Known, p.feed(s), int32(s.Revision)}
}

// feed numbers the source, kind and subject of a signal, and lets it share their text
// with the signals before, rather than hold on to its line.
func (p *signalParser) feed(s *market.Signal) int32 {
	name := feedName{s.Source, s.Kind, s.Subject}
	n, found := p.feeds[name]
	if !found {
		n = int32(len(p.names))
		name = feedName{strings.Clone(s.Source), market.SignalKind(strings.Clone(string(s.Kind))), market.Subject(strings.Clone(string(s.Subject)))}
		p.feeds[name], p.names = n, append(p.names, name)
	}
	name = p.names[n]
	s.Source, s.Kind, s.Subject = name.source, name.kind, name.subject
	return n
}
