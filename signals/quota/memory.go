package quota

import "sync"

// Memory is a Book that ends with the process. The zero value is ready to use.
type Memory struct {
	mu    sync.Mutex
	texts map[string][]byte
}

// Update changes the text of a provider.
func (m *Memory) Update(provider string, f func(text []byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := f(m.texts[provider])
	if err != nil || text == nil {
		return err
	}
	if m.texts == nil {
		m.texts = map[string][]byte{}
	}
	m.texts[provider] = text
	return nil
}

// Read returns the text of a provider.
func (m *Memory) Read(provider string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.texts[provider], nil
}
