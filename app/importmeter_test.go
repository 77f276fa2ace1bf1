package app

import (
	"bytes"
	"testing"
	"time"
)

func TestImportMeter(t *testing.T) {
	var b bytes.Buffer
	begin := time.Unix(0, 0)
	m := &importMeter{w: &b, name: "f.csv", size: 100e6, began: begin}
	for _, at := range []struct {
		bytes int64
		after time.Duration
		want  string
	}{
		{20e6, 900 * time.Millisecond, ""},
		{25e6, time.Second, "\rf.csv: 25 of 100 MB, 7 rows, 3s left\x1b[K"},
		{26e6, 1100 * time.Millisecond, ""},
		{50e6, 4 * time.Second, "\rf.csv: 50 of 100 MB, 7 rows, 4s left\x1b[K"},
	} {
		b.Reset()
		m.bytes, m.rows = at.bytes, 7
		if m.tell(begin.Add(at.after)); b.String() != at.want {
			t.Errorf("after %s: %q, want %q", at.after, &b, at.want)
		}
	}
	b.Reset()
	m.storing()
	m.end()
	if want := "\rf.csv: storing 7 rows\x1b[K\r\x1b[K"; b.String() != want {
		t.Errorf("%q", &b)
	}
	quick := &importMeter{w: &b, began: begin}
	b.Reset()
	quick.storing()
	quick.end()
	if b.Len() > 0 {
		t.Errorf("%q", &b)
	}
}
