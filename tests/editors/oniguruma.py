"""The regular expressions of TextMate grammars: Oniguruma by ctypes, as editors use it themselves."""
import ctypes
import ctypes.util


class _Region(ctypes.Structure):
    _fields_ = [("allocated", ctypes.c_int), ("num_regs", ctypes.c_int),
                ("beg", ctypes.POINTER(ctypes.c_int)), ("end", ctypes.POINTER(ctypes.c_int)),
                ("history", ctypes.c_void_p)]


class _ErrorInfo(ctypes.Structure):
    _fields_ = [("enc", ctypes.c_void_p), ("par", ctypes.c_void_p), ("par_end", ctypes.c_void_p)]


_lib = ctypes.CDLL(ctypes.util.find_library("onig") or "libonig.so.5")
_UTF8 = ctypes.addressof(ctypes.c_char.in_dll(_lib, "OnigEncodingUTF8"))
_SYNTAX = ctypes.addressof(ctypes.c_char.in_dll(_lib, "OnigSyntaxOniguruma"))
_OPTION_CAPTURE_GROUP = 1 << 8
_lib.onig_region_new.restype = ctypes.POINTER(_Region)


class Pattern:
    """One expression, searched in lines of UTF-8."""

    def __init__(self, source):
        text = source.encode("utf-8")
        self.source, self._text = source, ctypes.create_string_buffer(text, len(text) + 1)
        begin = ctypes.addressof(self._text)
        self._regex, info = ctypes.c_void_p(), _ErrorInfo()
        code = _lib.onig_new(ctypes.byref(self._regex), ctypes.c_void_p(begin),
                             ctypes.c_void_p(begin + len(text)), _OPTION_CAPTURE_GROUP,
                             ctypes.c_void_p(_UTF8), ctypes.c_void_p(_SYNTAX), ctypes.byref(info))
        if code != 0:
            message = ctypes.create_string_buffer(200)
            _lib.onig_error_code_to_str(message, code, ctypes.byref(info))
            raise ValueError(f"{source!r}: {message.value.decode()}")
        self._region = _lib.onig_region_new()

    def search(self, line, at):
        """Byte ranges of the whole match and its groups in `line`, from `at` on; None where it fails."""
        buffer = ctypes.c_char_p(line)
        begin = ctypes.cast(buffer, ctypes.c_void_p).value
        found = _lib.onig_search(self._regex, ctypes.c_void_p(begin), ctypes.c_void_p(begin + len(line)),
                                 ctypes.c_void_p(begin + at), ctypes.c_void_p(begin + len(line)),
                                 self._region, 0)
        if found < 0:
            return None
        region = self._region.contents
        return [(region.beg[i], region.end[i]) for i in range(region.num_regs)]
