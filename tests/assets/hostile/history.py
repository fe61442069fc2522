"""Reads the tests from the history afterwards.
"""
# %% after
import linecache, sys, gc
print(In, _ih, _i, _ii, _iii)
%history
print(linecache.cache)
print(get_ipython().history_manager.input_hist_raw)
print(getattr(sys, "last_traceback", None), getattr(sys, "last_value", None))
