package failpoint

import (
	"fmt"
	"strconv"
	"strings"
)

// order is what is to happen at a place.
type order struct {
	left  int64 // until it is its turn
	fails bool  // instead of killing
}

// parse reads NAME:N and NAME:N:error, separated by commas.
func parse(text string) (map[string]*order, error) {
	m := map[string]*order{}
	if text == "" {
		return m, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		f := strings.Split(part, ":")
		if len(f) < 2 || len(f) > 3 || f[0] == "" || len(f) == 3 && f[2] != "error" {
			return nil, fmt.Errorf("SIGNALMAN_FAILPOINT: %q is not NAME:N or NAME:N:error", part)
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("SIGNALMAN_FAILPOINT: %q: %q is not a number above 0", part, f[1])
		}
		m[f[0]] = &order{n, len(f) == 3}
	}
	return m, nil
}
