// Drawing the words of random programs, the same from one seed everywhere.
#ifndef ISOTIER_CONFORMANCE_RANDOM_WORDS_H
#define ISOTIER_CONFORMANCE_RANDOM_WORDS_H

#include <initializer_list>
#include <random>
#include <string>

using source = std::mt19937;

/* A number from 0 on, below `count`. */
inline unsigned below(source &from, unsigned count)
{
    return static_cast<unsigned>(from() % count);
}

inline std::string one_of(source &from, std::initializer_list<const char *> words)
{
    return *(words.begin() + below(from, static_cast<unsigned>(words.size())));
}

#endif
