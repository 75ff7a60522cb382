// Package errs is the one error type that crosses packages: a kind that decides what the
// caller may do next, a stable code, and a Chinese sentence for the person who must act.
// It knows neither HTTP nor storage.
package errs

import (
	"errors"
	"fmt"
)

// Kind says what a caller can do about an error.
type Kind int

// The kinds. Internal is everything that is our fault; its message never reaches a user.
const (
	Internal  Kind = iota
	Invalid        // the input is wrong; correct it and send again
	NotFound       // there is no such thing, or it is out of the actor's scope (the two are never told apart)
	Forbidden      // the actor's duties do not cover this
	Conflict       // somebody else was first, or the state no longer allows it
	SignedOut      // no valid session
	TooLarge       // over a stated bound
	Busy           // try again later; nothing was done
)

// Field names one wrong place of the input.
type Field struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// Error carries a kind, a code of the form `noun.reason` and a Chinese message that says what to do next.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Fields  []Field
	cause   error
}

// New makes an error that may be shown to a user.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Newf is New with a formatted message.
func Newf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// At returns a copy that also names a place of the input.
func (e *Error) At(location, message string) *Error {
	c := *e
	c.Fields = append(append([]Field{}, e.Fields...), Field{location, message})
	return &c
}

// Because returns a copy with a cause; the cause is for the log, never for the user.
func (e *Error) Because(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Code + ": " + e.Message + ": " + e.cause.Error()
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// As returns the *Error in err's chain, or an Internal one around it.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "系统内部错误，已记录；请稍后再试，仍不行请联系系统管理员。", cause: err}
}

// Code returns err's code, "internal" for a foreign error, "" for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	return As(err).Code
}

// Shown reports whether err may be shown to a user (its kind is not Internal).
func Shown(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind != Internal
}
