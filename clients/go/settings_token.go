package chatapi

import (
	"context"
	"errors"
	"os"
)

// givenToken is what options say of the token.
type givenToken struct {
	text   string
	isText bool // also an empty one, which sends none whatever the environment says
	file   string
	ask    func(context.Context) (string, error)
}

// source is the token of the options, else of the environment, else none.
func (g givenToken) source() (tokenSource, error) {
	kinds := 0
	for _, isGiven := range []bool{g.text != "", g.file != "", g.ask != nil} {
		if isGiven {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		return nil, errors.New("chatapi: expected one of WithToken, WithTokenFile and WithTokenSource, and not several")
	case g.ask != nil:
		return askedToken(g.ask), nil
	case g.file != "":
		return newFileToken(g.file)
	case g.isText:
		return fixedToken(g.text), checkToken(g.text)
	}
	text, file := os.Getenv("CHATAPI_TOKEN"), os.Getenv("CHATAPI_TOKEN_FILE")
	if text != "" && file != "" {
		return nil, errors.New("chatapi: expected one of CHATAPI_TOKEN and CHATAPI_TOKEN_FILE, and not both")
	}
	return givenToken{text: text, isText: file == "", file: file}.source()
}
