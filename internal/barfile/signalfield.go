package barfile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/signalman-trading/signalman/market"
)

// checkName reports what keeps a name out of a file.
func checkName(name string) error {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) != name {
		return fmt.Errorf("%s holds control characters or outer spaces, or is not UTF-8", quote(name))
	}
	return nil
}

// checkNames checks what a signal is called.
func (p *signalParser) checkNames(s *market.Signal, _ *signalRow) *fault {
	for i, name := range [...]string{s.Source, string(s.Kind), string(s.Subject)} {
		if name == "" {
			return faultf("add the column, or name the "+signalNames[i]+" for the whole file", "%s is empty", signalNames[i]).as(ErrUnsaid)
		}
		if err := checkName(name); err != nil {
			return faultf("", "%s %w", signalNames[i], err)
		}
	}
	return nil
}

func setEffective(s *market.Signal, row *signalRow) (f *fault) {
	text := row.get(colEffective)
	if text == "" {
		return faultf("say what time the value is about", "effective is empty")
	}
	s.Effective, f = signalTime("effective", text)
	return f
}

// setKnown reads when a row was known, or assumes it.
func (p *signalParser) setKnown(s *market.Signal, row *signalRow) (f *fault) {
	if s.Assumed, f = flag("assumed", row.get(colAssumed)); f != nil {
		return f
	}
	backfill, f := flag("backfill", row.get(colBackfill))
	if f != nil {
		return f
	}
	if text := row.get(colKnown); text != "" && !backfill {
		s.Known, f = signalTime("known", text)
		return f
	}
	if p.options.Lag == nil || *p.options.Lag < 0 {
		if backfill {
			return faultf("set a lag after effective from which it may be used", "the row was filled in afterwards and no lag is set").as(ErrUnsaid)
		}
		return faultf("record when each row was known, or set a lag after effective from which it may be used", "known is empty and no lag is set").as(ErrUnsaid)
	}
	s.Assume(*p.options.Lag)
	if s.Known > endOfTimes || s.Known < s.Effective {
		return faultf("shorten the lag", "effective %s plus the lag is after the year 2200", s.Effective)
	}
	return nil
}

// flag reads a column of true and false.
func flag(name, text string) (bool, *fault) {
	switch text {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	}
	return false, faultf("write true or false", "%s %s is neither", name, quote(text))
}

const (
	endOfTimes = market.Time(lastSecond)*1e9 + 999_999_999
	timeHint   = "write RFC 3339 (2021-01-31T00:00:00Z), a date, or seconds, milliseconds or microseconds since 1970"
)

// zoneless are the forms of times that name no zone, which is UTC then.
var zoneless = [...]string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

// signalTime reads a time. The size of a count tells its unit.
func signalTime(name, text string) (t market.Time, f *fault) {
	if v, err := strconv.ParseUint(text, 10, 63); err == nil {
		return countedTime(name, v)
	}
	t, err := market.ParseTime(text)
	for i := 0; i < len(zoneless) && err != nil && !errors.Is(err, market.ErrFarTime); i++ {
		if at, e := time.Parse(zoneless[i], text); e == nil {
			t, err = market.ParseTime(at.Format(time.RFC3339Nano))
		}
	}
	switch {
	case errors.Is(err, market.ErrFarTime), err == nil && (t <= 0 || t > endOfTimes):
		return 0, faultf(timeHint, "%s %s is outside the years 1970 to 2200", name, quote(text))
	case err != nil:
		return 0, faultf(timeHint, "%s %s is not a time", name, quote(text))
	}
	return t, nil
}

func countedTime(name string, v uint64) (market.Time, *fault) {
	u := unitOf(v, false)
	if v < u.lo || v > u.hi || v == 0 {
		return 0, u.misfit(name, v, false)
	}
	t := market.Time(v) * u.scale
	if t < market.FirstCounted {
		return 0, faultf("write a date as 2024-01-31", "%s %d would be %s, counted in %s", name, v, t, u.name)
	}
	return t, nil
}

const nullHint = "leave it empty, or null, where the source had none"

// set reads the value.
func (v *signalValue) set(s *market.Signal, row *signalRow) (f *fault) {
	texts := make([]string, 0, 3)
	for _, k := range v.at {
		if !row.set[k] {
			return faultf(nullHint, "%s is missing", v.name)
		}
		texts = append(texts, row.text[k])
	}
	text := texts[0]
	if v.score != nil {
		if text, f = v.score(texts); f != nil {
			return f
		}
	}
	number, word := v.words[text]
	if !word {
		number = text
	}
	s.Value, s.Null, f = signalNumber(v.name, number)
	if f != nil && v.words != nil {
		f.hint = "say what the word means as a number"
	}
	return f
}

// signalNumber reads a value; empty and null are none.
func signalNumber(name, text string) (value float64, null bool, f *fault) {
	if text == "" || text == "null" {
		return 0, true, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if strings.Trim(text, "0123456789+-.eE") != "" || err != nil || math.IsInf(x, 0) {
		return 0, false, faultf(nullHint, "%s %s is not a number", name, quote(text))
	}
	if x == 0 {
		return 0, false, nil // never -0
	}
	return x, false, nil
}

func setRevision(s *market.Signal, row *signalRow) *fault {
	text := row.get(colRevision)
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
	text := row.get(colRaw)
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
