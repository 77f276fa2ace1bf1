package barfile

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// Format is how a file of signals is laid out.
type Format int

// The formats. [ReadSignals] tells them apart by itself.
const (
	CSV Format = iota + 1
	JSONLines
)

// WriteSignals prints signals, with all columns, so that [ReadSignals] gives them
// back as they are but for Instrument. It refuses, with a [market.Error], what
// ReadSignals would refuse.
func WriteSignals(w io.Writer, signals []market.Signal, f Format) error {
	out := bufio.NewWriterSize(w, 64<<10)
	write := writeCSV
	if f == JSONLines {
		write = writeJSON
	} else {
		out.WriteString(strings.Join(signalNames[:signalColumns], ",") + "\n")
	}
	for i := range signals {
		if err := checkSignal(&signals[i]); err != nil {
			return &market.Error{Class: market.Data, Where: fmt.Sprintf("signal %d", i), Err: err}
		}
		if err := write(out, textOf(&signals[i])); err != nil {
			return err
		}
	}
	return out.Flush()
}

// WriteSignalsFile writes signals to a file: JSON lines where its name ends in
// .jsonl or .ndjson, else CSV; compressed where .gz or .zst follows. A name that promises
// another format is an error. The file appears whole or not at all, and replaces one that
// is there.
func WriteSignalsFile(path string, signals []market.Signal) error {
	f, err := formatOf(path)
	if err != nil {
		return err
	}
	return Replace(path, func(w io.Writer) error { return WriteSignals(w, signals, f) })
}

func formatOf(path string) (Format, error) {
	plain := strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
	switch ext := filepath.Ext(plain); strings.ToLower(ext) {
	case ".jsonl", ".ndjson":
		return JSONLines, nil
	case ".json", ".parquet", ".pq", ".feather", ".arrow", ".ipc", ".gz", ".zst":
		return 0, &market.Error{Class: market.Usage, Where: path, Err: fmt.Errorf("signals are not written as %s", ext),
			Hint: "name it .csv, or .jsonl for one JSON object a line, and .gz or .zst behind it to pack it"}
	}
	return CSV, nil
}

// checkSignal reports what would keep a signal from being read back.
func checkSignal(s *market.Signal) error {
	for i, name := range [...]string{s.Source, string(s.Kind), string(s.Subject)} {
		if err := checkName(name); err != nil {
			return fmt.Errorf("%s %w", signalNames[i], err)
		}
	}
	for _, t := range [...]market.Time{s.Effective, s.Known} {
		if t <= 0 || t > endOfTimes {
			return fmt.Errorf("time %s is outside the years 1970 to 2200", t)
		}
	}
	if s.Null && s.Value != 0 {
		return fmt.Errorf("a null signal has the value %v", s.Value)
	}
	return s.Validate()
}

// textOf prints the columns of a signal; the value of a null one is empty.
func textOf(s *market.Signal) (text [signalColumns]string) {
	text = [signalColumns]string{
		s.Source, string(s.Kind), string(s.Subject), s.Effective.String(), s.Known.String(),
		strconv.FormatFloat(s.Value, 'g', -1, 64), strconv.Itoa(s.Revision), strconv.FormatBool(s.Assumed), s.Raw.String(),
	}
	if s.Null {
		text[colValue] = ""
	}
	if s.Raw == (market.Hash{}) {
		text[colRaw] = ""
	}
	return text
}

func writeCSV(w *bufio.Writer, text [signalColumns]string) error {
	for i, field := range text {
		if i > 0 {
			w.WriteByte(',')
		}
		if strings.ContainsAny(field, `",`) {
			field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
		}
		w.WriteString(field)
	}
	return w.WriteByte('\n')
}

func writeJSON(w *bufio.Writer, text [signalColumns]string) error {
	for i, field := range text {
		w.WriteString([]string{`{"`, `,"`}[min(i, 1)] + signalNames[i] + `":`)
		switch {
		case field == "":
			field = "null"
		case i != colValue && i != colRevision && i != colAssumed:
			b, err := json.Marshal(field)
			if err != nil {
				return err
			}
			field = string(b)
		}
		w.WriteString(field)
	}
	_, err := w.WriteString("}\n")
	return err
}
