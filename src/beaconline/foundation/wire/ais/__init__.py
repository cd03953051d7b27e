"""AIS messages: bits to integer columns and back to plain objects. Pure; no sentence, clock or file is known here.

Decides: where each field of each message type lies, how long a message may be, what a raw integer means. Refuses: to
judge a value; fillers and impossible positions stay raw integers here, and what reads them decides.
Source: ITU-R M.1371-5 (02/2014), Annex 8; one module per group of its tables. Known failures: application payloads of
types 6, 8, 17, 25 and 26 stay bits.
"""
