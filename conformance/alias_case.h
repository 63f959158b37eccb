// Random tests of two or three threads that use one page through mappings of several attributes. The same seed gives the same test.
// Not for: what they should give; two explorations, or an exploration and runs in time, are held against each other.
#ifndef ISOTIER_CONFORMANCE_ALIAS_CASE_H
#define ISOTIER_CONFORMANCE_ALIAS_CASE_H

#include <cstdint>
#include <random>
#include <string>

class AliasCase
{
  public:
    std::string attribute, text; // of the pages without one of their own; the test

    // longest: most instructions a thread.
    AliasCase(uint32_t seed, unsigned longest, bool tags = false) : random_(seed), tags_(tags)
    {
        static const char *const cells[] = {"wb", "wb", "nc", "wt", "wb:nsh", "device-gre"};
        static const char *const others[] = {"Normal,iNC,oNC", "Normal,iNC,oNC", "OSH",           "NSH",
                                             "Device-GRE",     "Normal,iWT,oWT", "Normal,iWB,oNC"};
        static const char *const tagged[] = {"TaggedNormal",   "TaggedNormal,OSH", "TaggedNormal,OSH",
                                             "Normal,iNC,oNC", "TaggedNormal,NSH", "Normal,OSH",
                                             "Normal,iWT,oWT"};
        threads_ = 2 + below(2);
        mappings_ = 2 + below(2);
        attribute = tags ? "wb" : cells[below(6)];
        two_ = below(4) == 0;
        static const char *const modes[] = {"sync", "sync", "async", "asym"};
        text = std::string("AArch64 alias-") + std::to_string(seed) + "\nVariant=vmsa" +
               (tags ? std::string(",memtag,") + modes[below(4)] : "") + "\nLayout=x:0 z:" + (below(2) ? "8" : "64") +
               "\n{ uint64_t x; uint64_t z; uint64_t f;";
        for (unsigned k = 1; k < mappings_; k++)
            text += std::string(" uint64_t ") + name(k) + "; [PTE(" + name(k) + ")]=(oa:PA(x), attrs:(" +
                    (tags ? tagged : others)[below(7)] + "));";
        if (tags)
            text += " [PTE(x)]=(oa:PA(x), attrs:(TaggedNormal));";
        text += "\n";
        std::string row[8], head;
        for (unsigned t = 0; t < threads_; t++)
            thread(t, longest, row, head);
        text += "}\n" + head + " ;\n";
        for (const std::string &r : row)
            if (r.find_first_not_of(" |") != std::string::npos)
                text += r + " ;\n";
        text += std::string("locations [x; z; ") + (tags ? "[tag(x)]; " : "") + shown_ + "]\nexists (x=77)\n";
    }

  private:
    std::mt19937 random_;
    bool tags_, two_ = false;
    unsigned threads_ = 2, mappings_ = 2;
    std::string shown_;

    unsigned below(unsigned count)
    {
        return static_cast<unsigned>(random_() % count);
    }
    static std::string name(unsigned mapping)
    {
        return mapping == 0 ? "x" : mapping == 1 ? "y" : "w";
    }
    std::string place(unsigned mapping)
    {
        return "[X" + std::to_string(mapping + 1) + (two_ && below(3) == 0 ? ",#8]" : "]");
    }
    // A register that nothing was loaded to, shown at the end.
    std::string fresh(unsigned t, unsigned &next, char width)
    {
        shown_ += std::to_string(t) + ":X" + std::to_string(next) + "; ";
        return width + std::to_string(next++);
    }
    void thread(unsigned t, unsigned longest, std::string *row, std::string &head)
    {
        const unsigned length = 2 + below(longest - 1);
        unsigned next = 10, at = 0;
        std::string n = std::to_string(t);
        for (unsigned k = 0; k < mappings_; k++)
            text += n + ":X" + std::to_string(k + 1) + "=" + name(k) + "; ";
        if (tags_)
            text += n + ":X6=x:red; " + n + ":X7=" + name(mappings_ - 1) + ":red; ";
        text += n + ":X0=" + std::to_string(t + 1) + "; " + n + ":X5=f;\n";
        head += (t ? "| P" : " P") + n + " ";
        auto add = [&](const std::string &code) { row[at++] += (t ? "| " : " ") + code + " "; };
        while (at < length) {
            unsigned kind = below(tags_ ? 18 : 12), mapping = below(mappings_);
            std::string where = place(mapping);
            if (kind < 3) {
                bool half = two_ && below(3) == 0;
                add("LDR " + fresh(t, next, half ? 'W' : 'X') + "," + where);
            } else if (kind < 6) {
                add((two_ && below(3) == 0 ? "STR W0," : "STR X0,") + where);
            } else if (kind == 6) {
                add("LDADD X0," + fresh(t, next, 'X') + ",[X" + std::to_string(mapping + 1) + "]");
            } else if (kind == 7 && at + 1 < length) {
                std::string loaded = fresh(t, next, 'X');
                add("LDXR " + loaded + ",[X" + std::to_string(mapping + 1) + "]");
                add("STXR " + fresh(t, next, 'W') + ",X0,[X" + std::to_string(mapping + 1) + "]");
            } else if (kind == 8 || kind == 9) {
                static const char *const names[] = {"CVAC", "CIVAC", "IVAC"}, *const of_tags[] = {"CGVAC",   "CIGVAC",
                                                                                                  "IGVAC",   "CGDVAC",
                                                                                                  "CIGDVAC", "IGDVAC"};
                bool tag = tags_ && below(2);
                add(std::string("DC ") + (tag ? of_tags[below(6)] : names[below(3)]) + ",X" +
                    std::to_string(mapping + 1));
            } else if (kind == 10) {
                add(below(2) ? "DMB SY" : "DSB SY");
            } else if (kind == 11) {
                add(below(2) ? "STR X0,[X5]" : "LDR " + fresh(t, next, 'X') + ",[X5]");
            } else if (kind < 16) {
                static const char *const stores[] = {"STG", "STG", "STZG", "ST2G"};
                std::string base = ",[X" + std::to_string(mapping + 1) + "]";
                add(kind < 14 ? stores[below(4)] + (" X6" + base) : "LDG " + fresh(t, next, 'X') + base);
            } else { // through a coloured address
                std::string base = below(2) ? ",[X6]" : ",[X7]";
                add(below(2) ? "STR X0" + base : "LDR " + fresh(t, next, 'X') + base);
            }
        }
        for (; at < 8; at++)
            row[at] += t ? "| " : " ";
    }
};

#endif
