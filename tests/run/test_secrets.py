"""What is shown of a source identifies it without giving access to it."""

import pytest

from photopalette.run.secrets import redact, shown, unsigned

S3 = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F2026&X-Amz-Date=20260101T000000Z&X-Amz-Signature=5ecre7"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/photo.jpg?w=800&fit=crop", "https://example.org/photo.jpg?w=800&fit=crop"),
        ("https://alice:hunter2@example.org/a.jpg", "https://…@example.org/a.jpg"),
        ("https://t0k3n@example.org:8443/a.jpg", "https://…@example.org:8443/a.jpg"),
        ("https://alice:hun@ter2@example.org/a.jpg", "https://…@example.org/a.jpg"),
        ("https://alice:hun/ter2@example.org/a.jpg", "https://…@example.org/a.jpg"),
        ("HTTPS://alice:hunter2@EXAMPLE.org/a.jpg", "HTTPS://…@EXAMPLE.org/a.jpg"),
        ("ftp://alice:hunter2@example.org/a.jpg", "ftp://…@example.org/a.jpg"),
        (
            f"https://b.s3.amazonaws.com/cup.jpg?versionId=3&{S3}",
            "https://b.s3.amazonaws.com/cup.jpg?versionId=3&X-Amz-Algorithm=…&X-Amz-Credential=…&X-Amz-Date=…"
            "&X-Amz-Signature=…",
        ),
        ("https://h/a?X-Goog-Credential=me&x-goog-signature=5e", "https://h/a?X-Goog-Credential=…&x-goog-signature=…"),
        (
            "https://h/a?AWSAccessKeyId=AKIA&Expires=1&Signature=5e",
            "https://h/a?AWSAccessKeyId=…&Expires=…&Signature=…",
        ),
        ("https://h/a?Policy=5e&Key-Pair-Id=K", "https://h/a?Policy=…&Key-Pair-Id=…"),
        (
            "https://a.blob.core.windows.net/c/a.jpg?sv=2022&sr=b&sp=r&st=1&se=2&sig=5e%2Bcre7%3D",
            "https://a.blob.core.windows.net/c/a.jpg?sv=…&sr=…&sp=…&st=…&se=…&sig=…",
        ),
        ("https://h/a.jpg?sr=b&sp=4&s=large", "https://h/a.jpg?sr=b&sp=4&s=large"),
        (f"https://h/a.jpg?auto=webp&s={'5e' * 20}", "https://h/a.jpg?auto=webp&s=…"),
        (f"https://h/a.jpg?md5={'5e' * 16}&expires=1", "https://h/a.jpg?md5=…&expires=…"),
        (f"https://h/a.jpg?id={'5e' * 16}", f"https://h/a.jpg?id={'5e' * 16}"),
        ("https://h/a?token=t&key=k&api_key=k&apiKey=k", "https://h/a?token=…&key=…&api_key=…&apiKey=…"),
        ("https://h/a?access_token=t&password=p&code=c", "https://h/a?access_token=…&password=…&code=…"),
        (
            "https://h/a?author=me&keyword=cup&design=1&autoplay=1",
            "https://h/a?author=me&keyword=cup&design=1&autoplay=1",
        ),
        ("https://h/a?%74oken=t#access_token=t", "https://h/a?%74oken=…#access_token=…"),
        ("https://h/a?w=8;token=t", "https://h/a?w=8;token=…"),
        ("https://h/a?sig=with space 'quote\"<&w=8", "https://h/a?sig=…&w=8"),
        (
            "https://proxy/?url=https%3A%2F%2Fu%3Apw%40h%2Fa.jpg%3Fsig%3D5e&w=8",
            "https://proxy/?url=https://…@h/a.jpg?sig=…&w=8",
        ),
        (
            "https://proxy/?url=https%3A%2F%2Fcdn%2F%3Furl%3Dhttps%253A%252F%252Fh%252Fa.jpg%253Ftoken%253D5e",
            "https://proxy/?url=https://cdn/?url=https://h/a.jpg?token=…",
        ),
        ("https://h/a?name=My%20cup%3Fw%3D8", "https://h/a?name=My%20cup%3Fw%3D8"),
        ("https://h/a?ex=1&is=2&hm=3", "https://h/a?ex=…&is=…&hm=…"),
        ("https://h/a?oh=1&oe=2", "https://h/a?oh=…&oe=…"),
        ("https://h/a?st=1&e=2", "https://h/a?st=…&e=…"),
        ("https://h/a?ex=1&is=2&oh=3&st=4", "https://h/a?ex=1&is=2&oh=3&st=4"),
        # What no server calls its parameters may be anything.
        (f"https://h/a?{'x' * 100}=1&{'y' * 101}=2", f"https://h/a?{'x' * 100}=1&{'y' * 101}=…"),
        ("https://unpkg.com/@scope/x@1.0/a.jpg", "https://unpkg.com/@scope/x@1.0/a.jpg"),
        ("http://[::1]:8000/a@b.jpg", "http://[::1]:8000/a@b.jpg"),
    ],
)
def test_a_urls_secrets_are_hidden(url, expected):
    assert redact(url) == expected
    assert redact(expected) == expected


def test_secrets_are_hidden_within_a_text():
    text = "pool(host='h'): /p.jpg?X-Amz-Signature=5ecre7 (from X('https://alice:hunter2@h/')), \"http://h/?token=t\"."
    assert redact(text) == "pool(host='h'): /p.jpg?X-Amz-Signature=… (from X('https://…@h/')), \"http://h/?token=…\"."


def test_a_fresh_signature_is_no_other_source_but_a_fresh_token_may_be():
    assert unsigned("https://h/a?w=8&X-Amz-Signature=1&Expires=2") == unsigned(
        "https://h/a?w=8&X-Amz-Signature=3&Expires=4"
    )
    assert unsigned("https://h/a?w=8&sig=1") != unsigned("https://h/a?w=9&sig=1")
    assert unsigned("https://h/a?token=1") != unsigned("https://h/a?token=2")
    assert unsigned(f"https://h/a?{'x' * 101}=1") != unsigned(f"https://h/a?{'x' * 101}=2")
    assert unsigned("https://alice:1@h/a") != unsigned("https://alice:2@h/a")


@pytest.mark.parametrize(
    "text", ["http://h/?" + "a=1;" * 30_000, "?" + "-" * 100_000 + "=1", "://:" * 30_000, "@" * 100_000]
)
def test_no_text_is_slow_or_breaks_it(text):
    assert redact(text)


def test_a_files_name_is_shown_as_it_is():
    assert shown("data/a?token=1.jpg") == "data/a?token=1.jpg"
    assert shown("https://u:p@h/a.jpg") == "https://…@h/a.jpg"
