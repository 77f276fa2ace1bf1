package tokenmetricstest

import (
	"bytes"
	"compress/gzip"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const page5xx = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Service unavailable</h1></body></html>\n"

// faulty lets a fault that comes before any question have its way. It reports whether the
// request is over.
func (a *ask) faulty(w http.ResponseWriter, r *http.Request) bool {
	if !wait(r, span(a.faults, FaultSlowHeaders)) {
		return true
	}
	has := func(name string) bool { _, on := a.faults[name]; return on }
	switch {
	case has(FaultReset):
		reset(w)
	case has(FaultStatus):
		status, _ := strconv.Atoi(a.faults[FaultStatus])
		a.html(w, status)
	case has(FaultHTML):
		a.html(w, http.StatusOK)
	case has(FaultEmpty):
		a.send(w, r, http.StatusOK, nil)
	case has(FaultSuccessFalse):
		a.send(w, r, http.StatusOK, []byte(badRequest))
	case has(FaultGiant):
		a.giant(w)
	default:
		return false
	}
	return true
}

func (a *ask) html(w http.ResponseWriter, status int) {
	a.status = status
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page5xx))
}

// wait waits, and reports whether the client is still there.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// reset ends the connection without an answer.
func reset(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if c, _, err := h.Hijack(); err == nil {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = c.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// giant answers with a row whose name does not end within the size that the fault says.
func (a *ask) giant(w http.ResponseWriter) {
	a.status = http.StatusOK
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	left, _ := strconv.ParseInt(a.faults[FaultGiant], 10, 64)
	chunk := bytes.Repeat([]byte("x"), 64<<10)
	_, err := w.Write([]byte(`{"success":true,"message":"` + success + `","length":1,"data":[{"TOKEN_NAME":"`))
	for ; left > 0 && err == nil; left -= int64(len(chunk)) {
		_, err = w.Write(chunk[:min(left, int64(len(chunk)))])
	}
	if err == nil {
		_, _ = w.Write([]byte(`"}]}`))
	}
}

// send writes an answer, spoilt as the faults say.
func (a *ask) send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	a.status = status
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	if kind, on := a.faults[FaultContentType]; on {
		h.Set("Content-Type", kind)
	}
	if _, on := a.faults[FaultTruncated]; on {
		body = body[:len(body)*2/3]
	}
	if _, on := a.faults[FaultGzip]; on {
		h.Set("Content-Encoding", "gzip")
		body = zipped(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, on := a.faults[FaultCut]; on {
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	}
	a.drip(w, r, body)
}

// drip writes a body, over as long as a fault says.
func (a *ask) drip(w http.ResponseWriter, r *http.Request, body []byte) {
	d := span(a.faults, FaultSlowBody)
	if d <= 0 {
		_, _ = w.Write(body)
		return
	}
	const pieces = 10
	for piece := range slices.Chunk(body, len(body)/pieces+1) {
		if !wait(r, d/pieces) {
			return
		}
		_, _ = w.Write(piece)
		_ = http.NewResponseController(w).Flush()
	}
}

func zipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // to memory
	_ = z.Close()
	return b.Bytes()
}

// spoil changes rows as the faults about rows say.
func (a *ask) spoil(rows []row) {
	share, _ := strconv.ParseFloat(a.faults[FaultNulls], 64)
	_, strs := a.faults[FaultStrings]
	_, unknown := a.faults[FaultUnknownFields]
	for i, r := range rows {
		for k := range r {
			f := &r[k]
			if !measured(f) {
				continue
			}
			if chance(a.server.o.Seed, drawFault, uint64(i), uint64(k)) < share {
				f.value = nil
			} else if strs {
				f.value = quoted(f.value)
			}
		}
		if unknown {
			rows[i] = append(r, field{"NOT_KNOWN_YET", row{{"a", []any{1, "b", nil}}}}, field{"Mixed_Case9x", 1.5})
		}
	}
	if _, on := a.faults[FaultReversed]; on {
		slices.Reverse(rows)
	}
}

// measured reports whether a field holds a number that is no id.
func measured(f *field) bool {
	switch f.value.(type) {
	case int, float64:
		return f.key != "ID" && !strings.HasSuffix(f.key, "_ID")
	}
	return false
}

func quoted(v any) any {
	var b bytes.Buffer
	writeValue(&b, v)
	return b.String()
}
