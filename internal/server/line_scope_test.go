package server_test

import "testing"

func (s *stage) scope(t *testing.T) {}
