// Command image writes the container image of Dialplane without a container engine: one tar that is an OCI image layout
// and a Docker archive at once, as `docker save` writes it, so that every tool can load it. The same input gives the
// same bytes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var content Content
	var reference, output string
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&content.Binary, "binary", "", "the operator, linked statically")
	flags.StringVar(&content.Certificates, "certificates", "", "the certificate authorities, in one PEM file")
	flags.StringVar(&content.License, "license", "", "the licence")
	flags.StringVar(&content.Version, "version", "", "the version, for the labels")
	flags.StringVar(&content.Revision, "revision", "", "the commit, for the labels; left out when empty")
	flags.StringVar(&reference, "reference", "", "the name of the image, with its tag")
	flags.StringVar(&output, "output", "", "the tar to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	tag, err := name.NewTag(reference)
	if err != nil {
		return err
	}
	if content.Created, err = sourceDate(os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		return err
	}
	image, err := content.Image()
	if err != nil {
		return err
	}
	if err := writeArchive(image, tag, output); err != nil {
		// A half-written file would be taken for an image.
		return errors.Join(fmt.Errorf("write %s: %w", output, err), os.RemoveAll(output))
	}
	return report(image, tag)
}

// report prints what was written: the digest is what a deployment pins.
func report(image v1.Image, tag name.Tag) error {
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s@%s\n", fullName(tag), digest)
	return err
}

// sourceDate reads SOURCE_DATE_EPOCH; without it everything is of 1970, which is reproducible too.
func sourceDate(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is not a number of seconds: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
